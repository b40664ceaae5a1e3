import { expect, test } from "vitest";
import type { Budget, Spend } from "../../src/model/budget.ts";
import type { Effect, Resource } from "../../src/model/effect.ts";
import { noRisk } from "../../src/model/risk.ts";
import { costOf, exceeded } from "../../src/policy/budgets.ts";

const budget = (unit: Budget["unit"], more: Partial<Budget> = {}): Budget => ({
  id: "b",
  unit,
  limit: 10,
  window: "day",
  action: null,
  risk: null,
  share: null,
  ...more,
});

const bound = (...budgets: readonly Budget[]) => ({ budgets, usage: "bus" as const });

const effect = (action: Effect["action"], resource: Resource): Effect => ({
  action,
  resource,
  opaque: [],
  command: null,
  risk: noRisk,
});

const host = (name: string | null): Effect =>
  effect("net.connect", { kind: "host", host: name, direction: "fetch" });

const call = (...effects: readonly Effect[]) => ({ commands: [], effects, risk: noRisk });

test("hosts are those a call reaches, each once; one that is not known is one", () => {
  const reaches = call(host("a.io"), host("b.io"), host("a.io"), host(null), host(null));
  expect(costOf(budget("hosts"), reaches)).toBe(3);
  expect(costOf(budget("hosts", { action: "fs.write" }), reaches)).toBe(0);
  expect(costOf(budget("hosts"), call(effect("shell.exec", { kind: "command" })))).toBe(0);
});

test("bytes are those a call says it writes, one where it says none; time is the client's; unsaid is more than there is", () => {
  const writes = call(effect("fs.write", { kind: "path", shape: "exact", path: "/a", real: null }));
  const said = { bytes: 12, milliseconds: 90_000 };
  expect(costOf(budget("bytes"), writes, said)).toBe(12);
  expect(costOf(budget("bytes"), writes, { ...said, bytes: 0 })).toBe(1);
  expect(costOf(budget("bytes"), call(host("a.io")), said)).toBe(0);
  expect(costOf(budget("seconds"), writes, said)).toBe(90_000);
  expect(costOf(budget("seconds", { action: "net.connect" }), writes, said)).toBe(0);
  const spend: Spend[] = [{ budget: "b", window: "2026-11-26", unit: "bytes", used: 0, cost: 1 }];
  expect(exceeded(bound(budget("bytes")), { analysis: writes, spend })).toHaveLength(1);
  expect(
    exceeded(bound(budget("bytes")), { analysis: writes, spend, amounts: { ...said, bytes: 0 } }),
  ).toEqual([]);
});

test("what a receipt says of another unit or window, or less than the call takes, is not said", () => {
  const analysis = call(host("a.io"), host("b.io"));
  const said: Spend = { budget: "b", window: "2026-11-26", unit: "hosts", used: 0, cost: 2 };
  const denials = (spend: Spend) => exceeded(bound(budget("hosts")), { analysis, spend: [spend] });
  expect(denials(said)).toEqual([]);
  const { unit: _, ...unitless } = said;
  for (const wrong of [
    unitless,
    { ...said, unit: "calls" as const },
    { ...said, window: "2026-11" },
    { ...said, cost: 1 },
  ])
    expect(denials(wrong)).toMatchObject([{ verdict: "deny", why: "what was used of b is not said" }]);
  expect(denials({ ...said, used: 9 })).toMatchObject([{ why: expect.stringContaining("9 are used") }]);
});

test("what model calls used up stops the tool calls of an agent whose model calls nothing refuses, and of no other", () => {
  const analysis = call(host("a.io"));
  const tokens = budget("tokens");
  const said: Spend = { budget: "b", window: "2026-11-26", unit: "tokens", used: 9, cost: 0 };
  const denials = (usage: "bus" | "transcript", spend: readonly Spend[], of: Budget = tokens) =>
    exceeded({ budgets: [of], usage }, { analysis, spend }).map(({ why }) => why);
  expect(denials("transcript", [said])).toEqual([]);
  expect(denials("transcript", [{ ...said, used: 10 }])).toEqual([
    "the budget allows 10 tokens a day; 10 are used; it frees when this day (2026-11-26, UTC) is over",
  ]);
  expect(denials("transcript", [{ ...said, used: 10, more: 1 }])).toEqual([]);
  expect(denials("transcript", [])).toEqual(["what was used of b is not said"]);
  expect(denials("bus", [{ ...said, used: 10 }])).toEqual([]);
  expect(denials("bus", [])).toEqual([]);
  // One that no model call counts towards stops nothing.
  expect(denials("transcript", [], budget("tokens", { risk: "high" }))).toEqual([]);
});
