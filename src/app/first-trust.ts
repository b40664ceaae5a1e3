import { writeTrust } from "../model/document-writers.ts";
import type { PolicySetFiles, Role, Trust } from "../model/policy-set.ts";
import type { CommitSigner, SignerPublicKey } from "../signers/signer.ts";
import { isAddress, type PersonIdentity } from "./identity.ts";
import type { Template } from "./templates.ts";

/** Who a new policy set trusts: one owner and one gate. */
export interface Founders {
  readonly person: PersonIdentity;
  readonly owner: CommitSigner;
  readonly gate: string;
  readonly gateKey: SignerPublicKey;
}

/** Adds trust.yaml and the public keys: the owner has every role, alone, also where the template wants more signers. */
export function firstTrust({ files, wantedSigners }: Template, founders: Founders): PolicySetFiles {
  const { person, owner, gate, gateKey } = founders;
  const id = signerId(person.name);
  const ownerFile = `keys/${id}${owner.publicKey.extension}`;
  const gateFile = `keys/${gate}${gateKey.extension}`;
  const role = (name: string, ...paths: string[]): [string, Role] => {
    const wanted = wantedSigners[name] ?? null;
    return [name, { signers: [id], threshold: 1, wideningThreshold: null, wanted, paths }];
  };
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
      role("trust", "mirror.yaml", "trust.yaml", "keys/**"),
      role("policies", "policies/**", "tests/**"),
      role("agents", "agents/**"),
      role("memory", "memory/**"),
    ]),
    gates: [{ id: gate, file: gateFile, fingerprint: gateKey.fingerprint, revoked: null }],
  };
  return new Map(files)
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
