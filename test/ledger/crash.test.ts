import { expect, test } from "vitest";
import { type AppendedReceipt, openLedgerOn } from "../../src/ledger/ledger.ts";
import { openOutside } from "../../src/ledger/open-parts.ts";
import { Crash, CrashPoint, forgetLock } from "./faults.ts";
import { type LedgerWorld, ledgerWorld, session } from "./ledger-world.ts";
import { verify } from "./verify-world.ts";

/** A day of a gate: opens, appends alone and together, folds, appends more, closes. Gives what was answered. */
async function day(world: LedgerWorld, crash: CrashPoint, after: boolean): Promise<AppendedReceipt[]> {
  const answered: AppendedReceipt[] = [];
  const { advance } = world.options.pin;
  const pin = {
    ...world.options.pin,
    advance: (to: Parameters<typeof advance>[0]) => crash.pin(() => advance(to), after),
  };
  try {
    const ledger = await openLedgerOn(
      { ...world.options, pin },
      crash.wrap(openOutside(world.options), after),
    );
    const append = async (name: string): Promise<void> => {
      answered.push(await ledger.append(name === "genesis" ? world.genesis : session(name), world.context));
    };
    await append("genesis");
    await Promise.all(["a", "b", "c"].map(append));
    await Promise.all([ledger.fold(), append("d")]);
    await append("e");
    await ledger.fold();
    await append("f");
    await ledger.close();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return answered;
}

test.each([false, true])(
  "whenever the process dies, what was answered is in the ledger, once (after the step: %s)",
  async (after) => {
    let steps = 0;
    for (let at = 1; ; at += 1) {
      const world = await ledgerWorld();
      const crash = new CrashPoint(at);
      const answered = await day(world, crash, after);
      if (!crash.dead) break;
      steps = at;
      await crash.closeFiles();
      forgetLock(world);
      const ledger = await world.open();
      const { seq } = await ledger.append(
        answered.length === 0 && ledger.position === null ? world.genesis : session("later"),
        world.context,
      );
      await ledger.close();
      const commits = world.scratch.git("rev-list", "--reverse", world.ref).split("\n");
      for (const { seq, commit } of answered) expect(commits[seq], `step ${at}`).toBe(commit);
      expect(commits).toHaveLength(seq + 1);
      expect(await verify(world), `step ${at}`).toMatchObject({ ok: true, receipts: seq + 1 });
      world.reader.close();
    }
    expect(steps).toBeGreaterThan(15);
  },
);
