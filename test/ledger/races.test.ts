import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { foldIfIdle } from "../../src/ledger/open-parts.ts";
import { takeWriterLock } from "../../src/ledger/writer-lock.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { forgetLock } from "./faults.ts";
import { type LedgerWorld, ledgerWorld, session } from "./ledger-world.ts";
import { verify } from "./verify-world.ts";

/** Runs git again and again until it is told to stop; gives the number of runs. */
function gitInALoop(world: LedgerWorld, ...args: string[]): () => Promise<number> {
  let running = true;
  let runs = 0;
  const loop = async (): Promise<number> => {
    while (running) {
      const child = spawn("git", args, {
        cwd: world.scratch.directory,
        env: world.scratch.environment,
        stdio: "ignore",
      });
      await new Promise((resolve) => child.on("close", resolve));
      runs += 1;
    }
    return runs;
  };
  const done = loop();
  return () => {
    running = false;
    return done;
  };
}

test("8 callers × 50 appends are 400 receipts in one chain, in the order they were answered", async () => {
  const world = await ledgerWorld();
  const ledger = await world.open();
  const genesis = await ledger.append(world.genesis, world.context);
  const caller = async (name: number): Promise<string[]> => {
    const commits: string[] = [];
    for (let index = 0; index < 50; index += 1) {
      const { commit } = await ledger.append(session(`${name}-${index}`), world.context);
      commits.push(commit);
      if (index % 20 === name) await ledger.fold();
    }
    return commits;
  };
  const answered = await Promise.all(Array.from({ length: 8 }, (_, name) => caller(name)));
  await ledger.close();
  const commits = world.scratch.git("rev-list", "--reverse", world.ref).split("\n");
  expect(new Set(commits)).toEqual(new Set([genesis.commit, ...answered.flat()]));
  for (const own of answered) {
    const places = own.map((commit) => commits.indexOf(commit));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
  expect(await verify(world)).toMatchObject({ ok: true, receipts: 401, signatures: 401 });
});

test("nothing is lost while the person's own git collects, repacks and packs refs", async () => {
  const world = await ledgerWorld();
  const stop = [
    gitInALoop(world, "-c", "gc.auto=1", "gc", "-q", "--prune=now"),
    gitInALoop(world, "repack", "-a", "-d", "-f", "-q"),
    gitInALoop(world, "pack-refs", "--all"),
  ];
  try {
    const ledger = await world.open();
    await ledger.append(world.genesis, world.context);
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([1, 2, 3].map((index) => ledger.append(session(`${round}-${index}`), world.context)));
      await ledger.fold();
    }
    await ledger.close();
  } finally {
    await Promise.all(stop.map((each) => each()));
  }
  world.scratch.git("gc", "-q", "--prune=now");
  world.scratch.git("fsck", "--strict", "--no-dangling");
  expect(await verify(world)).toMatchObject({ ok: true, receipts: 61 });
  expect(world.reports).toEqual([]);
});

test("packs stay few, and are left alone by the person's own gc", async () => {
  const world = await ledgerWorld();
  const ledger = await world.open();
  await ledger.append(world.genesis, world.context);
  for (let round = 0; round < 45; round += 1) {
    await ledger.append(session(String(round)), world.context);
    await ledger.fold();
  }
  await ledger.close();
  expect(world.reports).toEqual([]);
  const packs = (): string[] =>
    readdirSync(join(world.repo.commonDir, "objects", "pack")).filter((name) => name.endsWith(".keep"));
  const before = packs();
  expect(before.length).toBeLessThanOrEqual(20);
  world.scratch.git("gc", "-q", "--prune=now");
  expect(packs()).toEqual(before);
  expect(await verify(world)).toMatchObject({ ok: true, receipts: 46 });
});

test("any interleaving of appends and folds is one chain", async () => {
  const steps = fc.array(fc.constantFrom("append", "fold", "wait", "reopen"), { maxLength: 25 });
  const world = await ledgerWorld();
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      let ledger = await world.open();
      let open: Promise<unknown>[] = [];
      const first = (ledger.position?.seq ?? -1) + 1;
      let appends = 0;
      for (const step of first === 0 ? ["append", ...script] : script) {
        if (step === "append") {
          const body = first + appends === 0 ? world.genesis : session(String(appends));
          open.push(ledger.append(body, world.context));
          appends += 1;
        } else if (step === "fold") open.push(ledger.fold());
        else if (step === "wait") await Promise.all(open);
        else {
          await Promise.all(open);
          open = [];
          await ledger.close();
          ledger = await world.open();
        }
      }
      await Promise.all(open);
      await ledger.close();
      if (first + appends === 0) return;
      expect(world.scratch.git("rev-list", "--count", "--max-parents=1", world.ref)).toBe(
        String(first + appends),
      );
    }),
    { numRuns: 15 },
  );
  expect(await verify(world)).toMatchObject({ ok: true });
});

test("two ledgers are never open at once", async () => {
  const world = await ledgerWorld();
  const ledger = await world.open();
  await ledger.append(world.genesis, world.context);
  await expect(world.open()).rejects.toMatchObject({ code: "ledger-locked", data: { pid: process.pid } });
  expect(await foldIfIdle(world.options)).toBe("busy");
  await ledger.close();
  const again = await world.open();
  await again.close();
});

test("readers fold what a dead daemon left", async () => {
  const world = await ledgerWorld();
  expect(await foldIfIdle(world.options)).toBe("nothing");
  const ledger = await world.open();
  const { commit } = await ledger.append(world.genesis, world.context);
  // The process ends without a word: what is left of it is its journal and a lock of a process that is gone.
  forgetLock(world);
  expect(await foldIfIdle(world.options)).toBe("folded");
  expect(world.scratch.git("rev-parse", world.ref)).toBe(commit);
  expect(world.pin()?.head).toBe(commit);
  expect(await foldIfIdle(world.options)).toBe("nothing");
});

test("of many that want the lock at once, one at a time has it", async () => {
  const directory = join(scratchDirectory(), "writer");
  let holders = 0;
  const worker = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) {
      const lock = await takeWriterLock(directory, 60_000);
      holders += 1;
      expect(holders).toBe(1);
      await new Promise(setImmediate);
      holders -= 1;
      lock.release();
    }
  };
  await Promise.all([worker(), worker(), worker()]);
});
