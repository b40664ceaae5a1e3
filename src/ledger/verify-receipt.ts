import { gitObjectId } from "../base/digest.ts";
import { printable } from "../base/escape.ts";
import type { Evidence, Receipt } from "../model/receipt.ts";
import type { Commit, Identity } from "../trust/commit.ts";
import { firstLineage, nextLineage } from "../trust/policy-digest.ts";
import { lastParagraph } from "../trust/trailers.ts";
import type { LedgerProblemCode } from "./problem.ts";
import { receiptCommit } from "./receipt-commit.ts";

// What one receipt must be, given the one before it: pure checks, each telling what it finds.

/** Takes a problem of the receipt that is looked at. */
export type Report = (code: LedgerProblemCode, message: string) => void;

/** A receipt, and its digest. */
export interface Verified {
  readonly receipt: Receipt;
  readonly digest: string;
}

/** Holds a receipt against its place in the chain. `before` is null for the first, or where the one before cannot be read. */
export function checkOrder(
  { receipt }: Verified,
  place: { readonly seq: number; readonly gate: string; readonly before: Verified | null },
  report: Report,
): void {
  const { seq, gate, before } = place;
  if (receipt.gate !== gate)
    report("wrong-gate", `the receipt is of gate \`${receipt.gate}\`, expected \`${gate}\``);
  if (receipt.seq !== seq) report("wrong-sequence", `the receipt has number ${receipt.seq}, expected ${seq}`);
  if ((receipt.kind === "genesis") !== (seq === 0)) {
    report(
      "wrong-kind",
      `receipt ${seq} is of kind \`${receipt.kind}\`: the first, and no other, is the genesis`,
    );
  }
  if (seq === 0 && receipt.prev !== null) report("wrong-prev", "the first receipt names one before it");
  if (before === null) return;
  if (receipt.prev !== before.digest) {
    report("wrong-prev", `it names \`${receipt.prev}\` before it, expected \`${before.digest}\``);
  }
  // Both are of one form, in which the order of texts is the order of times.
  if (receipt.time < before.receipt.time) {
    report("time-backwards", `its time ${receipt.time} is before ${before.receipt.time}`);
  }
}

/** Holds the lineage against the receipt before: `genesis` begins it, `adopt` moves it by one, all else keeps it. */
export function checkLineage(
  { receipt }: Verified,
  before: Receipt | null,
  genesis: string | null,
  report: Report,
): void {
  const digest = receipt.policySet.slice("sha256:".length);
  if (receipt.kind === "genesis") {
    const expected = firstLineage(receipt.genesis, digest);
    if (receipt.epoch !== 0 || receipt.lineage !== expected)
      report("lineage-broken", `its lineage is not the genesis'`);
    if (genesis !== null && receipt.genesis !== genesis) {
      report("lineage-broken", `it stands on genesis \`${receipt.genesis}\`, expected \`${genesis}\``);
    }
    return;
  }
  if (before === null) return;
  if (receipt.kind === "adopt") {
    const follows =
      receipt.epoch === before.epoch + 1 &&
      receipt.parentLineage === before.lineage &&
      receipt.lineage === nextLineage(before.lineage, digest);
    if (!follows)
      report("lineage-broken", `epoch ${receipt.epoch} does not follow from epoch ${before.epoch}`);
    return;
  }
  const keeps =
    receipt.epoch === before.epoch &&
    receipt.lineage === before.lineage &&
    receipt.policySet === before.policySet;
  if (!keeps) report("lineage-broken", `epoch ${receipt.epoch} stands here without an \`adopt\` receipt`);
}

/** Tells whether the commit that a receipt speaks of is among its evidence, by hash. */
export function checkEvidencePresent({ receipt }: Verified, report: Report): void {
  if (receipt.kind !== "genesis" && receipt.kind !== "adopt") return;
  const wanted = receipt.kind === "genesis" ? receipt.genesis : receipt.commit;
  if (!holdsCommit(receipt.evidence, wanted)) {
    report("evidence-missing", `its evidence does not hold commit \`${wanted}\``);
  }
}

function holdsCommit(evidence: Evidence, id: string): boolean {
  return evidence.objects.some(
    ({ type, data }) => type === "commit" && gitObjectId(type, Buffer.from(data, "base64")) === id,
  );
}

/** Holds all that a commit says against what mirror writes for this receipt (TRUST R4, R5). */
export function checkCommitText(commit: Commit, { receipt, digest }: Verified, report: Report): void {
  const expected = receiptCommit(receipt, { digest, tree: commit.tree, parent: commit.parents[0] ?? null });
  for (const who of ["author", "committer"] as const) {
    if (!sameIdentity(commit[who], expected[who])) {
      const { name, email, time } = commit[who];
      report(
        "wrong-author",
        `its ${who} is \`${printable(`${name} <${email}> ${time}`)}\`, not the receipt's`,
      );
    }
  }
  if (commit.message === expected.message) return;
  const found = lastParagraph(commit.message).join("\n");
  if (found !== lastParagraph(expected.message).join("\n")) {
    report("trailers-differ", "its trailers are not those of its receipt");
  } else {
    report("message-differs", "its message is not what mirror writes for its receipt");
  }
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.name === b.name && a.email === b.email && a.time === b.time && a.zone === b.zone;
}
