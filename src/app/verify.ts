import { readRef } from "../git/refs.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { type LedgerVerdict, verifyLedger } from "../ledger/verify.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { compilePolicySet } from "../policy/compile.ts";
import { decide } from "../policy/decide.ts";
import { openKeyring } from "../trust/keyring.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { followJournal } from "./ledger-access.ts";
import { type OpenState, openState } from "./open-state.ts";
import { OriginCheck } from "./origin-check.ts";
import type { Where } from "./where.ts";

/** What `mirror verify` found. Its JSON is a contract with other programs. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly receipts: number;
  readonly signatures: number;
  readonly replayed: number;
  readonly sealed: number;
  readonly problems: readonly {
    readonly code: string;
    readonly message: string;
    readonly commit: string | null;
  }[];
}

/** Told how many receipts of how many were looked at. */
export type VerifyProgress = (done: number, of: number) => void;

/** Verifies the ledger of this clone's gate against the genesis that is pinned and the policy set that is approved. */
export async function verifyRepository(where: Where, progress: VerifyProgress): Promise<VerifyReport> {
  const state = await openState(where.directory, where.environment);
  try {
    await followJournal(state);
    const { set, files } = await approvedPolicy(state);
    const keyring = await openKeyring(set.trust, files);
    const key = keyring.gates.get(state.record.gate);
    const report = await verifyWith(state, key === undefined ? [] : [key], progress);
    if (key !== undefined || report.receipts === 0) return report;
    const message = `the gate ${state.record.gate} is not enrolled in .mirror/trust.yaml, so its signatures prove nothing to others`;
    return {
      ...report,
      ok: false,
      problems: [{ code: "not-enrolled", message, commit: null }, ...report.problems],
    };
  } finally {
    state.close();
  }
}

/** Verifies the ledger of this clone's gate by these keys of it. */
export async function verifyWith(
  state: OpenState,
  keys: LedgerKeys,
  progress: VerifyProgress,
): Promise<VerifyReport> {
  const { repository: repo, reader, record } = state;
  const head = readRef(repo, ledgerRef(record.gate));
  if (head === null) return { ok: true, receipts: 0, signatures: 0, replayed: 0, sealed: 0, problems: [] };
  const origin = new OriginCheck();
  const verdict: LedgerVerdict = await verifyLedger({
    repo,
    reader,
    head,
    gate: record.gate,
    keys,
    genesis: record.genesis,
    evaluator,
    checkOrigin: (receipt, files) => origin.check(receipt, files),
    progress,
  });
  const { ok, receipts, signatures, replayed, sealed, problems } = verdict;
  return { ok, receipts, signatures, replayed, sealed, problems };
}

type LedgerKeys = Parameters<typeof verifyLedger>[0]["keys"];

function evaluator(files: PolicySetFiles): ReturnType<Parameters<typeof verifyLedger>[0]["evaluator"]> {
  const { set } = parsePolicySet(files);
  if (set === null) return null;
  const compiled = compilePolicySet(set);
  return (input) => decide(input, compiled);
}
