import { expect, test } from "vitest";
import { SpendBook } from "../../src/gate/spend.ts";
import type { Budget } from "../../src/model/budget.ts";
import type { PolicySet } from "../../src/model/policy-set.ts";
import { Spending } from "../../src/model/spending.ts";

const budget: Budget = {
  id: "day",
  unit: "calls",
  limit: 5,
  window: "day",
  action: null,
  risk: null,
  share: null,
};
const spender = { agent: "coder", session: "s" };
const one = (): number => 1;
const noon = Date.parse("2026-11-26T12:00:00Z");
const set = {} as PolicySet;
const ledgers = (own: () => Spending, elsewhere: () => Spending = () => new Spending()) => ({
  recall: async () => ({ own: own(), elsewhere: elsewhere() }),
  hasMoved: () => false,
});

test("a clock that is set back, also behind a restart, gives nothing back; tomorrow begins anew", async () => {
  let now = noon;
  const told = (): Spending => {
    const spending = new Spending();
    spending.set(spender, { budget: "day", window: "2026-11-26" }, 3);
    return spending;
  };
  const book = new SpendBook(ledgers(told), () => now);
  await book.open(set, "1");
  now -= 2 * 86_400_000;
  const spent = [{ budget: "day", window: "2026-11-26", unit: "calls", used: 3, cost: 1 }];
  expect(book.of(spender, [budget], one)).toEqual(spent);
  now = noon + 86_400_000;
  expect(book.of(spender, [budget], one)).toMatchObject([{ window: "2026-11-27", used: 0 }]);
});

test("what was taken while the ledger is read back is kept, and put back where no receipt was written", async () => {
  const book = new SpendBook(
    ledgers(() => new Spending()),
    () => noon,
  );
  await Promise.all([book.open(set, "1"), book.open(set, "1")]);
  const take = () => book.take(spender, book.of(spender, [budget], one));
  const undo = take();
  take();
  await book.open(set, "2");
  expect(book.isOpen("1")).toBe(false);
  expect(book.of(spender, [budget], one)).toMatchObject([{ used: 2 }]);
  undo();
  expect(book.of(spender, [budget], one)).toMatchObject([{ used: 1 }]);
});

test("what other gates used counts, but for a budget that is split, and is not forgotten when less is told", async () => {
  let there = 2;
  let moved = false;
  const told = (): Spending => {
    const spending = new Spending();
    spending.set(spender, { budget: "day", window: "2026-11-26" }, there);
    return spending;
  };
  const book = new SpendBook({ ...ledgers(() => new Spending(), told), hasMoved: () => moved }, () => noon);
  await book.open(set, "1");
  expect(book.of(spender, [budget], one)).toMatchObject([{ used: 2, elsewhere: 2, cost: 1 }]);
  book.take(spender, book.of(spender, [budget], one));
  for (const [now, elsewhere] of [
    [1, 2],
    [4, 4],
  ] as const) {
    there = now;
    moved = true;
    expect(book.isOpen("1")).toBe(false);
    await book.open(set, "1");
    moved = false;
    expect(book.isOpen("1")).toBe(true);
    expect(book.of(spender, [budget], one)).toMatchObject([{ used: elsewhere + 1, elsewhere }]);
  }
  expect(book.of(spender, [{ ...budget, share: { g: 50 } }], one)).toEqual([
    { budget: "day", window: "2026-11-26", unit: "calls", used: 1, cost: 1 },
  ]);
});
