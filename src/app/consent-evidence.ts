import type { CheckConsent, CheckTopUp } from "../ledger/consent-check.ts";
import { clockSlack, grantLength, longestWait } from "../model/consent.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { SignedConsent } from "../model/receipt.ts";
import { grantable, grantDigest } from "../policy/grants.ts";
import { findConsenter, readConsent } from "../trust/consent.ts";
import { openKeyring } from "../trust/keyring.ts";
import { readTopUp } from "../trust/top-up.ts";

/** Holds an answer against its ask: what the gate looked at when it took it, from the receipts alone. */
export const checkConsent: CheckConsent = async (approval, ask, files) => {
  const { consent, grant } = approval;
  if (consent === null) return ["nobody signed it"];
  const said = readConsent(consent.text);
  if (said === null) return ["the text that was signed is no answer"];
  const wrong = differences([
    ["gate", said.gate, approval.gate],
    ["lineage", said.lineage, ask.lineage],
    ["lineage", said.lineage, approval.lineage],
    ["agent", said.agent, ask.input.agent],
    ["ask", said.ask, ask.seq],
    ["call", said.call, ask.commitment],
    ["answer", said.answer, approval.answer],
    ["end", grant?.until ?? said.notAfter, said.notAfter],
  ]);
  if (said.notAfter <= approval.time) wrong.push(`what was signed held until ${said.notAfter}`);
  const longest = said.lasts === "once" ? longestWait : grantLength[said.lasts];
  if (Date.parse(said.notAfter) > Date.parse(approval.time) + longest + clockSlack)
    wrong.push(`what was signed holds until ${said.notAfter}, longer than \`${said.lasts}\` may last`);
  const offered = grantable(ask);
  const digest = grant === null ? null : grantDigest(grant.effects);
  if (digest !== said.grant || (grant !== null && (offered === null || digest !== grantDigest(offered))))
    wrong.push("what it grants is not what was signed and offered");
  const session = said.lasts === "session" ? approval.session : null;
  if (grant !== null && (grant.session !== session || said.answer !== "allow" || said.lasts === "once"))
    wrong.push(`what it grants is not \`${said.answer}\` for \`${said.lasts}\``);
  return [...wrong, ...(await whoSigned(consent, files))];
};

/** Makes what holds grants of more of a budget against what was signed, each text once in a ledger. */
export function topUps(): CheckTopUp {
  const used = new Set<string>();
  return async ({ agent, gate, lineage, time, topUp, consent }, files) => {
    const said = readTopUp(consent?.text ?? "");
    if (said === null || consent === null || topUp === null)
      return ["the text that was signed grants nothing"];
    const wrong = differences([
      ["gate", said.gate, gate],
      ["lineage", said.lineage, lineage],
      ["agent", said.agent, agent],
      ["budget", said.budget, topUp.budget],
      ["unit", said.unit, topUp.unit],
      ["window", said.window, topUp.window],
      ["amount", said.more, topUp.more],
      ["end", said.notAfter, topUp.until],
    ]);
    if (said.notAfter <= time) wrong.push(`what was signed held until ${said.notAfter}`);
    if (used.has(said.nonce)) wrong.push("what was signed was used before");
    used.add(said.nonce);
    return [...wrong, ...(await whoSigned(consent, files))];
  };
}

/** Says of each named thing that was signed whether it is another than expected. */
function differences(compared: readonly (readonly [string, unknown, unknown])[]): string[] {
  return compared
    .filter(([, found, wanted]) => found !== wanted)
    .map(([what, found, wanted]) => `the ${what} in what was signed is ${found}, expected ${wanted}`);
}

/** Says what is wrong with whose signature it is. */
async function whoSigned({ by, text, signature }: SignedConsent, files: PolicySetFiles): Promise<string[]> {
  const { set } = parsePolicySet(files);
  if (set === null) return ["its policy set has mistakes"];
  const keyring = await openKeyring(set.trust, files);
  // Answers were judged by the clock when they were taken.
  const found = findConsenter(text, signature, set.trust, keyring, { now: null });
  if ("why" in found) return [found.why];
  return found.signer === by ? [] : [`it is signed by ${found.signer}, and names ${by}`];
}
