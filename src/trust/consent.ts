import { type ConsentAnswer, type ConsentTerm, consentTerms } from "../model/consent.ts";
import { isId } from "../model/id.ts";
import type { Trust } from "../model/policy-set.ts";
import type { Keyring } from "./keyring.ts";
import { verifySignature } from "./signature.ts";
import type { JudgedAt } from "./signature-result.ts";
import { onceFields, placeFields, SignedForm } from "./signed-form.ts";

/** What a signer says in answer to an ask. */
export interface Consent {
  /** Commit id. */
  readonly genesis: string;
  /** Of the policy set it was asked under: an answer is worth nothing under another. */
  readonly lineage: string;
  readonly gate: string;
  readonly agent: string;
  /** Number of the decision's receipt. */
  readonly ask: number;
  /** The commitment in that receipt: to exactly this call. */
  readonly call: string;
  readonly answer: ConsentAnswer;
  readonly lasts: ConsentTerm;
  /** Digest of what is granted; null where nothing is. */
  readonly grant: string | null;
  /** RFC 3339, milliseconds, UTC: it holds until then. */
  readonly notAfter: string;
  /** 32 hex digits. */
  readonly nonce: string;
  /** For the agent; null: none. */
  readonly reason: string | null;
}

const form = new SignedForm("mirror/consent/v1", {
  ...placeFields,
  ask: "0|[1-9][0-9]{0,14}",
  call: "[0-9a-f]{32}:[0-9a-f]{64}",
  answer: "allow|deny",
  lasts: consentTerms.join("|"),
  grant: "none|sha256:[0-9a-f]{64}",
  ...onceFields,
  reason: "[^\\n]*",
});
const longestReason = 300;

/** Writes the text that is signed. Throws RangeError for a reason that is not one line. */
export function consentText(consent: Consent): string {
  const { grant, notAfter, reason } = consent;
  if (reason !== null && !isReason(reason)) throw new RangeError("a reason is one line");
  return form.write({
    ...consent,
    grant: grant ?? "none",
    "not-after": notAfter,
    reason: reason ?? "",
  });
}

/** Tells whether a text can be the reason of an answer: one line that shows as it is, of at most 300 characters. */
export function isReason(text: string): boolean {
  return reasonForm.test(text);
}

const reasonForm = new RegExp(`^[^\\p{C}\\p{Zl}\\p{Zp}]{1,${longestReason}}$`, "u");

/** Reads a signed text; null if it is not exactly what `consentText` writes. UNTRUSTED: whoever signed it is not known yet. */
export function readConsent(text: string): Consent | null {
  const said = form.read(text);
  if (said === null) return null;
  const { genesis, lineage, gate, agent, ask, call, answer, grant, nonce, reason } = said;
  const notAfter = said["not-after"];
  const lasts = consentTerms.find((each) => each === said.lasts);
  if (lasts === undefined || !isId(gate) || !isId(agent) || Number.isNaN(Date.parse(notAfter))) return null;
  if (reason !== "" && !isReason(reason)) return null;
  return {
    ...{ genesis, lineage, gate, agent, ask: Number(ask), call, lasts, notAfter, nonce },
    answer: answer === "allow" ? "allow" : "deny",
    grant: grant === "none" ? null : grant,
    reason: reason === "" ? null : reason,
  };
}

/** Roles whose signers may answer an ask: those who may change what the rules allow. */
const consentingRoles = ["policies", "trust"] as const;

/**
 * Finds who answered: a signer of the policies or the trust role, by the keys of the policy set in force. Gives why it is
 * nobody's answer otherwise.
 */
export function findConsenter(
  text: string,
  armored: string,
  trust: Trust,
  keyring: Keyring,
  at: JudgedAt,
): { readonly signer: string } | { readonly why: string } {
  const kind = armored.startsWith("-----BEGIN SSH SIGNATURE-----") ? "ssh" : "openpgp";
  const result = verifySignature(Buffer.from(text, "utf8"), { kind, armored }, keyring.keys, at);
  if (result.status === "bad") return { why: `its signature is bad: ${result.why}` };
  const signer = result.status === "good" ? keyring.owners.get(result.fingerprint) : undefined;
  if (signer === undefined) {
    const key = result.status === "good" ? result.fingerprint : result.keyId;
    return { why: `it is signed by ${key}, expected a key of a signer's in trust.yaml` };
  }
  const mayAnswer = consentingRoles.some((role) => trust.roles.get(role)?.signers.includes(signer) === true);
  if (!mayAnswer) return { why: `${signer} holds neither the policies nor the trust role` };
  return { signer };
}
