import { MirrorError } from "../base/errors.ts";
import type { KeyReference, PolicySetFiles, Trust } from "../model/policy-set.ts";
import { keyIdentities, type PublicKey, parsePublicKey } from "./keys.ts";

/** The keys of one policy set, read from its own `keys/`, and whose they are. */
export interface Keyring {
  /** Keys of signers. */
  readonly keys: readonly PublicKey[];
  /** Signer id by a key's fingerprint. */
  readonly owners: ReadonlyMap<string, string>;
  /** A gate's key by its id. */
  readonly gates: ReadonlyMap<string, PublicKey>;
}

/**
 * Reads the keys that `trust` names. Each must be what its fingerprint says, belong to one signer only (by the
 * key itself, in whatever file or format it stands), and no key may be both a signer's and a gate's (TRUST P7).
 * `parse`: `parsePublicKey`, or what remembers its answers.
 *
 * Throws `bad-key`.
 */
export async function openKeyring(
  trust: Trust,
  files: PolicySetFiles,
  parse: ParseKey = parsePublicKey,
): Promise<Keyring> {
  const keys: PublicKey[] = [];
  const owners = new Map<string, string>();
  const gates = new Map<string, PublicKey>();
  const holders = new Map<string, string>();
  for (const signer of trust.signers) {
    for (const reference of signer.keys) {
      const key = await readKey(reference, files, parse);
      hold(holders, key, `signer ${signer.id}`);
      keys.push(key);
      owners.set(key.fingerprint, signer.id);
    }
  }
  for (const gate of trust.gates) {
    const key = await readKey(gate, files, parse);
    hold(holders, key, `gate ${gate.id}`);
    gates.set(gate.id, key);
  }
  return { keys, owners, gates };
}

type ParseKey = typeof parsePublicKey;

/** Parses the keys of policy sets one after the other: a file that stands as it stood before is not read again. */
export function keyParser(): ParseKey {
  const known = new Map<string, { readonly bytes: Uint8Array; readonly key: PublicKey }>();
  return async (file, bytes) => {
    const before = known.get(file);
    if (before !== undefined && Buffer.compare(before.bytes, bytes) === 0) return before.key;
    const key = await parsePublicKey(file, bytes);
    known.set(file, { bytes, key });
    return key;
  };
}

async function readKey(reference: KeyReference, files: PolicySetFiles, parse: ParseKey): Promise<PublicKey> {
  const bytes = files.get(reference.file);
  if (bytes === undefined) {
    const message = `key file \`${reference.file}\`, which trust.yaml names, is missing`;
    throw new MirrorError("bad-key", message, { hint: "put the key there, or take it out of trust.yaml" });
  }
  const key = await parse(reference.file, bytes);
  if (key.fingerprint !== reference.fingerprint) {
    const found = `found ${key.fingerprint}, expected ${reference.fingerprint}`;
    throw new MirrorError("bad-key", `key file \`${reference.file}\` holds another key: ${found}`, {
      hint: "put the key there that trust.yaml names, or name this one's fingerprint in trust.yaml",
    });
  }
  return key;
}

function hold(holders: Map<string, string>, key: PublicKey, holder: string): void {
  for (const identity of keyIdentities(key)) {
    const other = holders.get(identity);
    if (other !== undefined && other !== holder) {
      throw new MirrorError("bad-key", `key file \`${key.file}\`: ${holder} and ${other} share one key`, {
        hint: "a key belongs to one of them: make another for the other",
      });
    }
    holders.set(identity, holder);
  }
}
