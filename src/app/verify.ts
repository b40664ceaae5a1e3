import { isMirrorError } from "../base/errors.ts";
import { readRef } from "../git/refs.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import type { MakeEvaluator, MakeModelJudge } from "../ledger/replay.ts";
import { type LedgerVerdict, verifyLedger } from "../ledger/verify.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { LastReceipt, PolicySet, PolicySetFiles } from "../model/policy-set.ts";
import { compilePolicySet } from "../policy/compile.ts";
import { decide } from "../policy/decide.ts";
import { modelRefusal } from "../policy/model-calls.ts";
import { reportedProblem } from "../policy/reported-calls.ts";
import { openKeyring } from "../trust/keyring.ts";
import type { PublicKey } from "../trust/keys.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { checkConsent, topUps } from "./consent-evidence.ts";
import { withFoldedState } from "./folded-state.ts";
import { ledgerStand } from "./ledger-access.ts";
import type { OpenState } from "./open-state.ts";
import { OriginCheck } from "./origin-check.ts";
import type { Where } from "./where.ts";

/** What `mirror verify` found. Its JSON is a contract with other programs. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly receipts: number;
  /** Good ones, by the key the gate is enrolled with. */
  readonly signatures: number;
  /** Signatures that nobody can judge, because the gate is not enrolled. */
  readonly unknown: number;
  readonly replayed: number;
  readonly sealed: number;
  readonly problems: readonly VerifyProblem[];
  /** Worth knowing, and no fault of the ledger. */
  readonly warnings: readonly VerifyWarning[];
}

export interface VerifyWarning {
  readonly code: "not-enrolled";
  readonly message: string;
}

export interface VerifyProblem {
  readonly code: string;
  readonly message: string;
  /** The ledger's commit it is about; null where it is about the ledger. */
  readonly commit: string | null;
}

/** Told how many receipts of how many were looked at. */
export type VerifyProgress = (done: number, of: number) => void;

/** Verifies the ledger of this clone's gate against the genesis that is pinned and the policy set that is approved. */
export async function verifyRepository(where: Where, progress: VerifyProgress): Promise<VerifyReport> {
  return await withFoldedState(where, async (state) => {
    const { set, files } = await approvedPolicy(state);
    const { gate } = state.record;
    const standing = await gateStanding(set, files, gate);
    const report = withProblem(await verifyWith(state, standing, progress), await standProblem(state));
    if (report.unknown === 0) return report;
    const message = `the gate ${gate} is not enrolled in .mirror/trust.yaml, so nobody can judge its ${report.unknown} signatures; \`mirror gate request\` asks for it`;
    return { ...report, warnings: [{ code: "not-enrolled", message }] };
  });
}

/** What holds in itself may still be cut off: the ref must stand where the pin says (TRUST T6). */
async function standProblem(state: OpenState): Promise<VerifyProblem | null> {
  try {
    await ledgerStand(state);
    return null;
  } catch (error) {
    if (!isMirrorError(error, "ledger-diverged", "ledger-corrupt", "corrupt-object", "missing-object"))
      throw error;
    return { code: error.code, message: error.message, commit: null };
  }
}

function withProblem(report: VerifyReport, problem: VerifyProblem | null): VerifyReport {
  return problem === null ? report : { ...report, ok: false, problems: [problem, ...report.problems] };
}

/** Which ledger is verified. */
type LedgerOf = Pick<OpenState, "repository" | "reader"> & {
  readonly record: Pick<OpenState["record"], "gate" | "genesis">;
};

/** What is known of the gate whose ledger is verified. */
export interface GateStanding {
  /** The keys it is enrolled with; none where it is not. */
  readonly keys: readonly PublicKey[];
  /** The last receipt that counts, where it is revoked. */
  readonly revoked: LastReceipt | null;
}

/** Gives how a gate stands in a policy set. Throws `bad-key`. */
export async function gateStanding(
  set: PolicySet,
  files: PolicySetFiles,
  gate: string,
): Promise<GateStanding> {
  const key = (await openKeyring(set.trust, files)).gates.get(gate);
  const revoked = set.trust.gates.find(({ id }) => id === gate)?.revoked ?? null;
  return { keys: key === undefined ? [] : [key], revoked };
}

/** Verifies the ledger of a gate of this repository, as that gate stands. */
export async function verifyWith(
  state: LedgerOf,
  { keys, revoked }: GateStanding,
  progress: VerifyProgress,
  head: string | null = readRef(state.repository, ledgerRef(state.record.gate)),
): Promise<VerifyReport> {
  const { repository: repo, reader, record } = state;
  if (head === null) return nothing;
  const origin = new OriginCheck();
  const verdict: LedgerVerdict = await verifyLedger({
    repo,
    reader,
    head,
    gate: record.gate,
    keys,
    revoked,
    genesis: record.genesis,
    evaluator: (files) => evaluatorOf(record.gate, files),
    modelJudge: (files) => modelJudgeOf(record.gate, files),
    checkOrigin: (receipt, files) => origin.check(receipt, files),
    checkConsent,
    checkTopUp: topUps(),
    progress,
  });
  return { ...verdict, warnings: [] };
}

const nothing: VerifyReport = {
  ok: true,
  receipts: 0,
  signatures: 0,
  unknown: 0,
  replayed: 0,
  sealed: 0,
  problems: [],
  warnings: [],
};

function evaluatorOf(gate: string, files: PolicySetFiles): ReturnType<MakeEvaluator> {
  const { set } = parsePolicySet(files);
  if (set === null) return null;
  const compiled = compilePolicySet(set, gate, "bounded");
  return (input) => decide(input, compiled);
}

/** Gives what judges model calls by a policy set; see `MakeModelJudge`. */
function modelJudgeOf(gate: string, files: PolicySetFiles): ReturnType<MakeModelJudge> {
  const { set } = parsePolicySet(files);
  if (set === null) return null;
  const compiled = compilePolicySet(set, gate, "bounded");
  return (call) =>
    call.what === "reported"
      ? reportedProblem(call, set.prices, compiled)
      : (modelRefusal(call, compiled)?.message ?? null);
}
