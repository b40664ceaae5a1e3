import { type Document, isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import type { KeyReference, LastReceipt } from "./policy-set.ts";
import { wantedThreshold } from "./wanted-signers.ts";

/** Who is to be a signer, or an existing one's further key. */
export interface NewSigner {
  readonly id: string;
  readonly key: KeyReference;
  /** Roles the signer gets. */
  readonly roles: readonly string[];
  /** What those roles then take; null: as it is, or what is wanted of them. */
  readonly threshold: number | null;
}

/**
 * Adds a signer to the text of a `trust.yaml` that parses, or a key to one who is there. Comments and order stay.
 * Whether the outcome is a good `trust.yaml` is for its parser to say.
 */
export function addSigner(trust: Uint8Array, { id, key, roles, threshold }: NewSigner): string {
  const document = read(trust);
  const keys = { file: key.file, fingerprint: key.fingerprint };
  const standing = withId(document, "signers", id);
  if (standing === null) document.addIn(["signers"], document.createNode({ id, name: id, keys: [keys] }));
  else standing.addIn(["keys"], document.createNode(keys));
  for (const role of roles) {
    const signers = document.getIn(["roles", role, "signers"], true);
    if (!isSeq(signers)) continue;
    if (!names(signers).includes(id)) signers.add(document.createNode(id));
    const next = threshold ?? raised(document, role, names(signers));
    if (next !== document.getIn(["roles", role, "threshold"]))
      document.setIn(["roles", role, "threshold"], next);
  }
  return document.toString({ lineWidth: 0 });
}

/** Gives the threshold of a role, or what is wanted of it where that is more and there are the signers now. */
function raised(document: Document, role: string, signers: readonly string[]): number {
  const [threshold, wanted] = ["threshold", "wanted"].map((key) => document.getIn(["roles", role, key]));
  return Math.max(Number(threshold), wantedThreshold({ wanted: Number(wanted ?? 1), signers }));
}

/** Takes one key of a signer out of the text of a `trust.yaml` that parses. */
export function removeKey(trust: Uint8Array, id: string, fingerprint: string): string {
  const document = read(trust);
  const keys = withId(document, "signers", id)?.get("keys", true);
  if (isSeq(keys)) drop(keys, (item) => isMap(item) && item.get("fingerprint") === fingerprint);
  return document.toString({ lineWidth: 0 });
}

/** Takes a signer out; `threshold`: what the roles they had then take, null where that stays. */
export function removeSigner(trust: Uint8Array, id: string, threshold: number | null): string {
  const document = read(trust);
  const signers = document.get("signers", true);
  if (isSeq(signers)) drop(signers, (item) => isMap(item) && item.get("id") === id);
  const roles = document.get("roles", true);
  if (isMap(roles)) {
    for (const { value: role } of roles.items) {
      const members = isMap(role) ? role.get("signers", true) : null;
      if (!isMap(role) || !isSeq(members) || !names(members).includes(id)) continue;
      drop(members, (item) => String(item) === id);
      if (threshold !== null) role.set("threshold", threshold);
    }
  }
  return document.toString({ lineWidth: 0 });
}

/** Sets what a role takes, in the text of a `trust.yaml` that parses; null: as it is. */
export function setThreshold(
  trust: Uint8Array,
  role: string,
  { threshold, widening }: { readonly threshold: number | null; readonly widening: number | null },
): string {
  const document = read(trust);
  if (threshold !== null) document.setIn(["roles", role, "threshold"], threshold);
  if (widening !== null) document.setIn(["roles", role, "widening_threshold"], widening);
  return document.toString({ lineWidth: 0 });
}

/** Says in the text of a `trust.yaml` that parses which receipt of a gate is the last that counts. */
export function revokeGate(trust: Uint8Array, id: string, { seq, head }: LastReceipt): string {
  const document = read(trust);
  withId(document, "gates", id)?.set("revoked", document.createNode({ seq, head }));
  return document.toString({ lineWidth: 0 });
}

function read(trust: Uint8Array): Document {
  return parseDocument(Buffer.from(trust).toString("utf8"), { version: "1.2", schema: "core" });
}

/** Gives the signer or gate of that id; null if there is none. */
function withId(document: Document, list: "signers" | "gates", id: string): YAMLMap | null {
  const all = document.get(list, true);
  const found = isSeq(all) ? all.items.find((item) => isMap(item) && item.get("id") === id) : null;
  return isMap(found) ? found : null;
}

function names(list: YAMLSeq): readonly string[] {
  return list.items.map(String);
}

function drop(list: YAMLSeq, isIt: (item: unknown) => boolean): void {
  list.items = list.items.filter((item) => !isIt(item));
}
