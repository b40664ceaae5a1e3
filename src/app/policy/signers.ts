import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { MirrorError, systemErrorCode } from "../../base/errors.ts";
import { addSigner, removeKey, removeSigner, setThreshold } from "../../model/change-trust.ts";
import { isId } from "../../model/id.ts";
import type { PolicySetFiles, Trust } from "../../model/policy-set.ts";
import { parsePublicKey } from "../../trust/keys.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { type MadeProposal, propose } from "./propose.ts";

/** A signer who is to be added, or another key of one who is there. */
export interface WantedSigner {
  readonly id: string;
  readonly keyFile: string;
  readonly kind: "ssh" | "openpgp";
  /** None: every role there is. */
  readonly roles: readonly string[];
  readonly threshold: number | null;
}

/** Proposes a signer. Throws `usage`, `bad-key`, `invalid-policy-set` (a threshold that cannot be met, say). */
export async function proposeSigner(
  where: Where,
  wanted: WantedSigner,
  prompts: Prompts,
): Promise<MadeProposal> {
  const { id, keyFile, kind, threshold } = wanted;
  if (!isId(id))
    throw new MirrorError(
      "usage",
      `\`${id}\` is no signer id, expected lower-case letters, digits and \`-\``,
      { hint: "take another one, for example bob" },
    );
  const bytes = readKeyFile(resolve(where.directory, keyFile));
  const extension = kind === "ssh" ? "pub" : "asc";
  const { fingerprint } = await parsePublicKey(`keys/${id}.${extension}`, bytes);
  const { trust } = await approvedTrust(where);
  const roles = wanted.roles.length > 0 ? wanted.roles : [...trust.roles.keys()];
  for (const role of roles) mustBeRole(trust, role);
  const isKnown = trust.signers.some((signer) => signer.id === id);
  return await propose(where, prompts, `trust-add-${id}`, (before) => {
    const file = freeName(before, id, extension);
    const next = addSigner(textOf(before), { id, key: { file, fingerprint }, roles, threshold });
    const after = new Map(before).set("trust.yaml", Buffer.from(next)).set(file, bytes);
    return { after, subject: isKnown ? `trust: another key of ${id}` : `trust: ${id} may sign` };
  });
}

/**
 * Proposes to take a signer out, or one key of theirs (by fingerprint). `threshold`: what the roles they had then take.
 * Throws as `proposeSigner` does.
 */
export async function proposeRemoval(
  where: Where,
  id: string,
  { fingerprint, threshold }: { readonly fingerprint: string | null; readonly threshold: number | null },
  prompts: Prompts,
): Promise<MadeProposal> {
  const { trust } = await approvedTrust(where);
  const keys = trust.signers.find((signer) => signer.id === id)?.keys;
  const hint = "`mirror trust list` shows signers and their keys";
  if (keys === undefined) {
    const known = trust.signers.map((signer) => signer.id).join(", ");
    throw new MirrorError("usage", `there is no signer \`${id}\` in .mirror/trust.yaml, expected ${known}`, {
      hint,
    });
  }
  const gone = fingerprint === null ? keys : keys.filter((key) => key.fingerprint === fingerprint);
  if (gone.length === 0) {
    const known = keys.map((key) => key.fingerprint).join(", ");
    throw new MirrorError("usage", `${id} has no key ${fingerprint}, expected ${known}`, { hint });
  }
  return await propose(where, prompts, `trust-remove-${id}`, (before) => {
    const text = textOf(before);
    const next = fingerprint === null ? removeSigner(text, id, threshold) : removeKey(text, id, fingerprint);
    const after = new Map(before).set("trust.yaml", Buffer.from(next));
    for (const { file } of gone) after.delete(file);
    return {
      after,
      subject: fingerprint === null ? `trust: ${id} no longer signs` : `trust: a key of ${id} goes`,
    };
  });
}

/** Proposes what a role takes; null: as it is. Throws as `proposeSigner` does. */
export async function proposeThreshold(
  where: Where,
  role: string,
  wanted: { readonly threshold: number | null; readonly widening: number | null },
  prompts: Prompts,
): Promise<MadeProposal> {
  mustBeRole((await approvedTrust(where)).trust, role);
  return await propose(where, prompts, `trust-threshold-${role}`, (before) => {
    const next = setThreshold(textOf(before), role, wanted);
    const after = new Map(before).set("trust.yaml", Buffer.from(next));
    return { after, subject: `trust: what the role ${role} takes` };
  });
}

function mustBeRole({ roles }: Trust, role: string): void {
  if (!roles.has(role))
    throw new MirrorError("usage", `\`${role}\` is no role, expected ${[...roles.keys()].join(", ")}`, {
      hint: "name one of those; another role is written into .mirror/trust.yaml by `mirror policy propose`",
    });
}

/** Gives who may sign what, and which gates are enrolled. */
export async function approvedTrust(
  where: Where,
): Promise<{ readonly trust: Trust; readonly epoch: number }> {
  const state = await openState(where.directory, where.environment);
  try {
    const { set, lineage } = await approvedPolicy(state);
    return { trust: set.trust, epoch: lineage.epoch };
  } finally {
    state.close();
  }
}

function textOf(files: PolicySetFiles): Uint8Array {
  return files.get("trust.yaml") ?? new Uint8Array();
}

function freeName(files: PolicySetFiles, id: string, extension: string): string {
  for (let number = 1; ; number += 1) {
    const file = `keys/${id}${number === 1 ? "" : `-${number}`}.${extension}`;
    if (!files.has(file)) return file;
  }
}

function readKeyFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === null) throw error;
    throw new MirrorError("usage", `the key file ${path} cannot be read (${code}), expected a public key`, {
      cause: error,
      hint: "name the file that they gave you",
    });
  }
}
