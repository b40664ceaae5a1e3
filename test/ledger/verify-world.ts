import { type LedgerVerdict, type VerifyOptions, verifyLedger } from "../../src/ledger/verify.ts";
import { decisionBody, type LedgerWorld } from "./ledger-world.ts";

/** Verifies the world's ledger; every decision is decided again as `decisionBody` has it. */
export function verify(world: LedgerWorld, change: Partial<VerifyOptions> = {}): Promise<LedgerVerdict> {
  return verifyLedger({
    repo: world.repo,
    reader: world.reader,
    head: change.head ?? world.scratch.git("rev-parse", world.ref),
    gate: "gate-1",
    keys: [world.key],
    revoked: null,
    genesis: world.lineage.genesis,
    evaluator: () => () => decisionBody([]).decision,
    modelJudge: () => () => null,
    checkOrigin: async () => [],
    progress: () => undefined,
    ...change,
  });
}
