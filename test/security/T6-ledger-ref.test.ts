import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Ledger, openLedger } from "../../src/ledger/ledger.ts";
import { foldIfIdle } from "../../src/ledger/open-parts.ts";
import * as ledgers from "../fixtures/ledgers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";
import { filledLedger, type LedgerWorld, ledgerWorld, session } from "../ledger/ledger-world.ts";
import { verify } from "../ledger/verify-world.ts";

// TRUST T6: the ledger's ref must be where the pin says, or come after it through the gate's own journal or
// signatures. An agent that moves the ref takes receipts out of sight, or puts its own in their place.

const without = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", {
  file: "src/ledger/stand.ts",
  text: "if (refHead === (pinned?.head ?? null)) return pinned;",
  by: "if (refHead === null) return pinned; else return positionOf(await readReceiptCommit(witnesses.reader, refHead));",
});

test("T6: where the ref is not held against the pin, a ledger that was cut off goes on as if nothing had been", async () => {
  for (const mirror of [ledgers, without]) {
    const at = await mirror.ledgerWorld();
    const { ledger } = await mirror.filledLedger(at, 5);
    await ledger.close();
    const before = ledger.position?.seq ?? 0;
    at.scratch.git("update-ref", at.ref, `${at.ref}~2`);
    const opened = await at.open().then(
      (open) => open.position?.seq ?? null,
      () => "refused",
    );
    expect(opened).toBe(mirror === ledgers ? "refused" : before - 2);
  }
});

async function world(): Promise<LedgerWorld> {
  const made = await ledgerWorld();
  const { ledger } = await filledLedger(made, 5);
  await ledger.close();
  return made;
}

const moves: readonly [string, (world: LedgerWorld) => string | null][] = [
  ["back", ({ scratch, ref }) => scratch.git("rev-parse", `${ref}~2`)],
  [
    "sideways",
    ({ scratch, ref }) => scratch.git("commit-tree", "-p", `${ref}~1`, "-m", "x", `${ref}^{tree}`),
  ],
  ["on, unsigned", ({ scratch, ref }) => scratch.git("commit-tree", "-p", ref, "-m", "x", `${ref}^{tree}`)],
  ["to the agent's own branch", ({ scratch }) => scratch.git("rev-parse", "HEAD")],
  ["away", () => null],
];

function move({ scratch, ref }: LedgerWorld, to: string | null): void {
  if (to === null) scratch.git("update-ref", "-d", ref);
  else scratch.git("update-ref", ref, to);
}

test.each(moves)(
  "a ref moved %s while no gate runs: no ledger is opened, and both are named",
  async (_, target) => {
    const at = await world();
    const pinned = at.pin();
    const to = target(at);
    move(at, to);
    const error = await at.open().then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toMatchObject({ code: "ledger-diverged", data: { found: to, expected: pinned } });
    expect(at.pin()).toEqual(pinned);
    // Back in its place, all is well: nothing was let go meanwhile.
    move(at, pinned?.head ?? null);
    const ledger = await at.open();
    await ledger.close();
  },
);

test.each(moves)("a ref moved %s while the gate runs: the next append is refused", async (_, target) => {
  const at = await world();
  const ledger = await at.open();
  await ledger.append(session("before"), at.context);
  await ledger.fold();
  move(at, target(at));
  await expect(ledger.append(session("after"), at.context)).rejects.toMatchObject({
    code: "ledger-diverged",
  });
  await expect(ledger.fold()).rejects.toMatchObject({ code: "ledger-diverged" });
  move(at, at.pin()?.head ?? null);
  await ledger.append(session("mended"), at.context);
  await ledger.close();
  expect(await verify(at)).toMatchObject({ ok: true, receipts: 8 });
});

test("a ref moved between the journal and the fold is found by the fold; nothing in the journal is lost", async () => {
  const at = await world();
  const ledger: Ledger = await at.open();
  await ledger.append(session("durable"), at.context);
  const { head } = at.pin() ?? { head: "" };
  move(at, at.scratch.git("rev-parse", `${at.ref}~1`));
  await expect(ledger.close()).rejects.toMatchObject({ code: "ledger-diverged" });
  await expect(foldIfIdle(at.options)).rejects.toMatchObject({ code: "ledger-diverged" });
  move(at, head);
  expect(await foldIfIdle(at.options)).toBe("folded");
  expect(await verify(at)).toMatchObject({ ok: true, receipts: 7 });
});

test("a pin from a backup: the ref is ahead of it by receipts that the gate signed", async () => {
  const at = await world();
  const old = at.pin();
  const ledger = await at.open();
  await ledger.append(session("newer"), at.context);
  await ledger.close();
  const newer = at.pin();
  const restore = (): void =>
    writeFileSync(join(at.directory, "pin.json"), JSON.stringify({ ...at.options.pin.read(), ledger: old }));
  restore();
  const again = await at.open();
  expect(again.position).toEqual(newer);
  await again.close();
  expect(at.pin()).toEqual(newer);
  restore();
  const keyless = { ...at.options, keys: async () => [] };
  await expect(openLedger(keyless)).rejects.toMatchObject({ code: "ledger-diverged" });
});

test("without the rule the attack works: a pin that follows the ref lets receipts vanish unseen", async () => {
  const at = await world();
  const back = at.scratch.git("rev-parse", `${at.ref}~2`);
  move(at, back);
  // What a gate without T6 does: it takes the ref's word for where it stands.
  const receipt = at.scratch
    .git("log", "-1", "--format=%(trailers:key=Mirror-Receipt,valueonly)", back)
    .trim();
  const ledger = { seq: 3, head: back, receipt };
  writeFileSync(join(at.directory, "pin.json"), JSON.stringify({ ...at.options.pin.read(), ledger }));
  const opened = await at.open();
  await opened.append(session("as if nothing had been"), at.context);
  await opened.close();
  expect(await verify(at)).toMatchObject({ ok: true, receipts: 5 });
});
