import { writeTrust } from "../model/document-writers.ts";
import type { PolicySetFiles, Role, Trust } from "../model/policy-set.ts";
import type { CommitSigner, SignerPublicKey } from "../signers/signer.ts";
import { isAddress, type PersonIdentity } from "./identity.ts";

/** Who a new policy set trusts: one owner and one gate. */
export interface Founders {
  readonly person: PersonIdentity;
  readonly owner: CommitSigner;
  readonly gate: string;
  readonly gateKey: SignerPublicKey;
}

/** Adds trust.yaml and the public keys: the owner has every role, alone. */
export function firstTrust(parts: PolicySetFiles, founders: Founders): PolicySetFiles {
  const { person, owner, gate, gateKey } = founders;
  const id = signerId(person.name);
  const ownerFile = `keys/${id}${owner.publicKey.extension}`;
  const gateFile = `keys/${gate}${gateKey.extension}`;
  const role = (...paths: string[]): Role => ({
    signers: [id],
    threshold: 1,
    wideningThreshold: null,
    paths,
  });
  const trust: Trust = {
    version: 1,
    signers: [
      {
        id,
        name: person.name,
        email: isAddress(person.email) ? person.email : null,
        keys: [{ file: ownerFile, fingerprint: owner.fingerprint }],
      },
    ],
    roles: new Map([
      ["trust", role("mirror.yaml", "trust.yaml", "keys/**")],
      ["policies", role("policies/**", "tests/**")],
      ["agents", role("agents/**")],
      ["memory", role("memory/**")],
    ]),
    gates: [{ id: gate, file: gateFile, fingerprint: gateKey.fingerprint, revoked: null }],
  };
  return new Map(parts)
    .set("trust.yaml", Buffer.from(writeTrust(trust)))
    .set(ownerFile, owner.publicKey.bytes)
    .set(gateFile, gateKey.bytes);
}

/** Makes an id of a person's name; `owner` where nothing of it is left. */
function signerId(name: string): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return slug === "" ? "owner" : slug;
}
