import { lastParagraph, linesNaming, onlyTrailer } from "./trailers.ts";

/** What a signer says in an approval: this policy set, on this lineage, once (TRUST P3). */
export interface Approval {
  /** D(T') of the policy set that is approved. */
  readonly digest: string;
  /** Of the lineage it builds on. */
  readonly epoch: number;
  readonly lineage: string;
}

/** What a signer says to settle a fork: from this lineage, this child (TRUST P5). */
export interface Settlement {
  /** Of the parent. */
  readonly epoch: number;
  readonly parent: string;
  readonly child: string;
}

const approveKey = "Mirror-Approve";
const baseKey = "Mirror-Base";
const settleKey = "Mirror-Settle";
const genesisKey = "Mirror-Genesis";

const commonStart = Buffer.from("Mirror-", "utf8");
const markers: readonly Buffer[] = [approveKey, settleKey].map((key) => Buffer.from(`${key}:`, "utf8"));

/** Tells whether a commit's bytes may say something about the policy set: cheap, since every commit is asked. */
export function mayState(bytes: Buffer): boolean {
  const from = bytes.indexOf(commonStart);
  return from >= 0 && markers.some((marker) => bytes.includes(marker, from));
}

const versionedDigest = /^v1 sha256:([0-9a-f]{64})$/;
const base = /^(0|[1-9][0-9]{0,14}) ([0-9a-f]{64})$/;
const settlement = /^(0|[1-9][0-9]{0,14}) ([0-9a-f]{64}) ([0-9a-f]{64})$/;

/** Gives the two lines that approve a policy set, without a newline after the last. */
export function approvalStatement(digest: string, epoch: number, lineage: string): string {
  return `${approveKey}: v1 sha256:${digest}\n${baseKey}: ${epoch} ${lineage}`;
}

/** Reads the approval in a message's last paragraph: exactly one of each line. Null: it approves nothing. */
export function readApproval(message: string): Approval | null {
  const lines = lastParagraph(message);
  const approved = versionedDigest.exec(onlyTrailer(lines, approveKey) ?? "");
  const on = base.exec(onlyTrailer(lines, baseKey) ?? "");
  if (approved === null || on === null) return null;
  return { digest: approved[1] ?? "", epoch: Number(on[1]), lineage: on[2] ?? "" };
}

/** Gives the line that settles a fork. */
export function settlementStatement(epoch: number, parent: string, child: string): string {
  return `${settleKey}: ${epoch} ${parent} ${child}`;
}

/** Reads the settlement in a message's last paragraph: exactly one line. Null: it settles nothing. */
export function readSettlement(message: string): Settlement | null {
  const match = settlement.exec(onlyTrailer(lastParagraph(message), settleKey) ?? "");
  if (match === null) return null;
  return { epoch: Number(match[1]), parent: match[2] ?? "", child: match[3] ?? "" };
}

/** Gives the line that makes a commit a genesis. */
export function genesisStatement(digest: string): string {
  return `${genesisKey}: v1 sha256:${digest}`;
}

/** Reads the digest in a genesis commit's message: exactly one line in the last paragraph. Null: it is none. */
export function readGenesis(message: string): string | null {
  return versionedDigest.exec(onlyTrailer(lastParagraph(message), genesisKey) ?? "")?.[1] ?? null;
}

/** Tells whether a message means to approve or settle something, well-formed or not. */
export function meansToState(message: string): boolean {
  const lines = lastParagraph(message);
  return linesNaming(lines, approveKey).length > 0 || linesNaming(lines, settleKey).length > 0;
}
