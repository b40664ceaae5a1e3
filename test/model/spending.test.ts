import { expect, test } from "vitest";
import { Spending } from "../../src/model/spending.ts";

const spender = { agent: "coder", session: "s" };
const night = { budget: "night", window: "2026-11-26", unit: "calls" } as const;

test("a budget that comes to count in another unit begins anew; calls and files were once not told apart", () => {
  const spending = new Spending();
  spending.set(spender, { budget: "night", window: "2026-11-26" }, 5);
  expect(spending.used(spender, night)).toBe(5);
  expect(spending.used(spender, { ...night, unit: "seconds" })).toBe(0);
  spending.set(spender, { ...night, unit: "seconds" }, 60_000);
  expect(spending.used(spender, night)).toBe(5);
  // No session is named so that it passes for another budget's.
  spending.set({ agent: "coder", session: "x" }, { ...night, window: "session", unit: "tokens" }, 9);
  expect(spending.used({ agent: "coder", session: "tokens x" }, { ...night, window: "session" })).toBe(0);
  expect(spending.latest("coder", { ...night, window: "session", unit: "tokens" })).toBe(9);
});

test("what is settled counts in its own window alone, and never below nothing", () => {
  const spending = new Spending();
  spending.add(spender, night, 3);
  expect(spending.has(spender, night)).toBe(false);
  spending.set(spender, night, 3);
  spending.add(spender, night, -9);
  expect(spending.used(spender, night)).toBe(0);
  spending.set(spender, { ...night, window: "2026-11-27" }, 1);
  spending.add(spender, night, 7);
  expect(spending.used(spender, { ...night, window: "2026-11-27" })).toBe(1);
});

test("what two know is put together by the newer window, and within one as it is asked", () => {
  const of = (window: string, used: number): Spending => {
    const spending = new Spending();
    spending.set(spender, { ...night, window }, used);
    return spending;
  };
  const both = (
    how: "overlay" | "gather" | "raise",
    mine: Spending,
    theirs: Spending,
    window: string,
  ): number => {
    mine[how](theirs);
    return mine.used(spender, { ...night, window });
  };
  const day = "2026-11-26";
  expect(both("overlay", of(day, 5), of(day, 3), day)).toBe(3);
  expect(both("gather", of(day, 5), of(day, 3), day)).toBe(8);
  expect(both("raise", of(day, 5), of(day, 3), day)).toBe(5);
  expect(both("gather", of(day, 5), of("2026-11-25", 3), day)).toBe(5);
  expect(both("gather", of(day, 5), of("2026-11-27", 3), "2026-11-27")).toBe(3);
});
