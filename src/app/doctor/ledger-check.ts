import { formatTime } from "../../base/clock.ts";
import { listWorkTrees } from "../../git/work-trees.ts";
import { readReceiptCommit } from "../../ledger/stored-receipt.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { policyTips } from "../../policy-store/tips.ts";
import { readCommitWords } from "../../trust/commit.ts";
import { type LedgerView, ledgerStand } from "../ledger-access.ts";
import type { OpenState } from "../open-state.ts";
import type { Findings } from "./finding.ts";

/** Holds the ledger's ref against the pin (TRUST T6). Gives the ledger at a glance; null for one that does not stand. */
export async function checkLedger(state: OpenState, findings: Findings): Promise<LedgerView | null> {
  const why = "the gate has nothing to stand on, so every call is refused";
  const pin = await findings.attempt("ledger", why, () => state.pin.mustRead());
  if (pin === null) return null;
  const why2 = "receipts may be out of sight; the gate refuses every call until its ledger stands again";
  return await findings.attempt("ledger", why2, () => ledgerStand(state));
}

/** Milliseconds by which clocks may differ: what trust takes, too (TRUST S2). */
const tolerance = 5 * 60 * 1_000;

const setClock = "timedatectl set-ntp true   # or set the clock by hand";

/** Holds the clock against the newest receipt and the commits that policy is looked for in. */
export async function checkClock(
  state: OpenState,
  ledger: LedgerView | null,
  approved: ApprovedPolicy | null,
  findings: Findings,
): Promise<void> {
  const now = Date.now();
  await findings.attempt("clock", "the newest receipt's time cannot be read", async () => {
    if (ledger === null) return;
    const { receipt } = await readReceiptCommit(state.reader, ledger.head);
    // The gate never writes an earlier time than before: while the clock is behind, receipts repeat the newest.
    if (Date.parse(receipt.time) <= now + 1_000) return;
    findings.warning("clock", {
      found: `the clock says ${formatTime(now)}, but the newest receipt is of ${receipt.time}`,
      why: "until the clock has caught up, every receipt gets that same time",
      mend: setClock,
    });
  });
  if (approved === null) return;
  await findings.attempt("clock", "the times of commits cannot be read", async () => {
    const trees = await listWorkTrees(state.repository);
    const gitDirs = trees.map(({ gitDir }) => gitDir);
    for (const id of policyTips(state.repository, gitDirs, approved.set.config.policyBranch)) {
      const { time } = readCommitWords((await state.reader.read(id)).data);
      if (time * 1_000 <= now + tolerance) continue;
      findings.warning("clock", {
        found: `commit ${id.slice(0, 12)} is of ${formatTime(time * 1_000)}, in the future`,
        why: "an approval from the future takes no effect before its time; or this machine's clock is behind",
        mend: setClock,
      });
    }
  });
}
