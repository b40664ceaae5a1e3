import type { CheckConsent } from "../ledger/consent-check.ts";
import { parsePolicySet } from "../model/documents.ts";
import { grantable, grantDigest } from "../policy/grants.ts";
import { findConsenter, readConsent } from "../trust/consent.ts";
import { openKeyring } from "../trust/keyring.ts";

/** Holds an answer against its ask: what the gate looked at when it took it, from the receipts alone. */
export const checkConsent: CheckConsent = async (approval, ask, files) => {
  const { consent, grant } = approval;
  if (consent === null) return ["nobody signed it"];
  const said = readConsent(consent.text);
  if (said === null) return ["the text that was signed is no answer"];
  const expected: readonly (readonly [string, unknown, unknown])[] = [
    ["gate", said.gate, approval.gate],
    ["lineage", said.lineage, ask.lineage],
    ["agent", said.agent, ask.input.agent],
    ["ask", said.ask, ask.seq],
    ["call", said.call, ask.commitment],
    ["answer", said.answer, approval.answer],
    ["end", grant?.until ?? said.notAfter, said.notAfter],
  ];
  const wrong = expected
    .filter(([, found, wanted]) => found !== wanted)
    .map(([what, found, wanted]) => `the ${what} in what was signed is ${found}, expected ${wanted}`);
  if (said.notAfter <= approval.time) wrong.push(`what was signed held until ${said.notAfter}`);
  const offered =
    ask.replay === "plain" ? grantable(ask.input, ask.decision, (ask.removed ?? []).length > 0) : null;
  const digest = grant === null ? null : grantDigest(grant.effects);
  if (digest !== said.grant || (grant !== null && (offered === null || digest !== grantDigest(offered))))
    wrong.push("what it grants is not what was signed and offered");
  const session = said.lasts === "session" ? approval.session : null;
  if (grant !== null && (grant.session !== session || said.answer !== "allow" || said.lasts === "once"))
    wrong.push(`what it grants is not \`${said.answer}\` for \`${said.lasts}\``);
  const { set } = parsePolicySet(files);
  if (set === null) return [...wrong, "its policy set has mistakes"];
  const keyring = await openKeyring(set.trust, files);
  // Answers were judged by the clock when they were taken.
  const found = findConsenter(consent.text, consent.signature, set.trust, keyring, { now: null });
  if ("why" in found) return [...wrong, found.why];
  return found.signer === consent.by
    ? wrong
    : [...wrong, `it is signed by ${found.signer}, and names ${consent.by}`];
};
