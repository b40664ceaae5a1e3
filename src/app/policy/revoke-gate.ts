import { MirrorError } from "../../base/errors.ts";
import { readRef } from "../../git/refs.ts";
import { listLedgerCommits } from "../../ledger/commit-list.ts";
import { ledgerRef } from "../../ledger/ledger-store.ts";
import { readReceiptCommit } from "../../ledger/stored-receipt.ts";
import { revokeGate } from "../../model/change-trust.ts";
import type { LastReceipt } from "../../model/policy-set.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { followJournal } from "../ledger-access.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import { gateStanding, verifyWith } from "../verify.ts";
import type { Where } from "../where.ts";
import { type MadeProposal, propose } from "./propose.ts";

/** A proposal to revoke a gate. */
export interface Revocation extends MadeProposal {
  readonly gate: string;
  /** The last of its receipts that counts. */
  readonly last: LastReceipt;
}

/**
 * Proposes to revoke a gate: none of its receipts after `seq` counts any more (null: after the newest that is here). What
 * is left of its ledger must verify. `gate` null: this clone's own.
 *
 * Throws `usage` for a gate that is not enrolled, revoked already, or without a ledger here; `ledger-corrupt`.
 */
export async function proposeRevocation(
  where: Where,
  gate: string | null,
  seq: number | null,
  prompts: Prompts,
): Promise<Revocation> {
  const { id, last } = await lastReceipt(where, gate, seq);
  const made = await propose(where, prompts, `gate-revoke-${id}`, (before) => {
    const text = revokeGate(before.get("trust.yaml") ?? new Uint8Array(), id, last);
    return {
      after: new Map(before).set("trust.yaml", Buffer.from(text)),
      subject: `trust: revoke the gate ${id}`,
    };
  });
  return { ...made, gate: id, last };
}

async function lastReceipt(
  where: Where,
  gate: string | null,
  seq: number | null,
): Promise<{ readonly id: string; readonly last: LastReceipt }> {
  const state = await openState(where.directory, where.environment);
  try {
    const id = gate ?? state.record.gate;
    const { set, files } = await approvedPolicy(state);
    const standing = await gateStanding(set, files, id);
    if (standing.keys.length === 0) {
      const known = set.trust.gates.map((enrolled) => enrolled.id).join(", ");
      throw new MirrorError(
        "usage",
        `no gate \`${id}\` is enrolled in .mirror/trust.yaml, expected ${known === "" ? "one that is: there is none" : known}`,
        { hint: "name one of those that `mirror trust list` shows" },
      );
    }
    if (standing.revoked !== null)
      throw new MirrorError("usage", `${id} is revoked already, after ${receiptText(standing.revoked)}`, {
        hint: "nothing is left to do; another last receipt is written into .mirror/trust.yaml by `mirror policy propose`",
      });
    if (id === state.record.gate) await followJournal(state);
    const last = await receiptAt(state, id, seq);
    const record = { gate: id, genesis: state.record.genesis };
    const report = await verifyWith({ ...state, record }, standing, () => undefined, last.head);
    const [problem] = report.problems;
    if (problem === undefined) return { id, last };
    const at = problem.commit === null ? "" : `commit ${problem.commit.slice(0, 12)}: `;
    throw new MirrorError("ledger-corrupt", `the ledger of ${id} does not verify: ${at}${problem.message}`, {
      hint: `name the last receipt before that: mirror gate revoke ${id} --last <number>`,
    });
  } finally {
    state.close();
  }
}

function receiptText({ seq, head }: LastReceipt): string {
  return `receipt ${seq}, commit ${head.slice(0, 12)}`;
}

/** Finds a receipt of a gate's ledger by its number; null: the newest that is here. */
async function receiptAt(state: OpenState, gate: string, seq: number | null): Promise<LastReceipt> {
  const ref = ledgerRef(gate);
  const head = readRef(state.repository, ref);
  if (head === null) {
    throw new MirrorError("usage", `there is no ledger of ${gate} here, so its last receipt is not known`, {
      hint: `fetch it (git fetch origin ${ref}:${ref}); if it never wrote one, take its entry out of trust.yaml`,
    });
  }
  const newest = (await readReceiptCommit(state.reader, head)).seq;
  let at = newest;
  if (seq === null) return { seq: at, head };
  for await (const id of listLedgerCommits(state.repository, head)) {
    if (at === seq) return { seq, head: id };
    at -= 1;
  }
  throw new MirrorError(
    "usage",
    `the ledger of ${gate} has no receipt ${seq}, expected one up to ${newest}`,
    {
      hint: "`mirror log` shows the numbers of this clone's gate; `git log` of another's",
    },
  );
}
