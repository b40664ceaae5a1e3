import { expect, test } from "vitest";
import { Measures, type RunningCall } from "../../src/gate/measures.ts";
import type { Spend } from "../../src/model/budget.ts";
import type { ToolCall } from "../../src/model/call.ts";
import { effect, path } from "../policy/calls.ts";

const window = "total";
const time: Spend = { budget: "time", window, unit: "seconds", used: 0, cost: 10_000 };
const disk: Spend = { budget: "disk", window, unit: "bytes", used: 0, cost: 1 };
const night: Spend = { budget: "night", window, unit: "calls", used: 0, cost: 1 };

function world() {
  const world = { now: 0, files: new Map<string, number>() };
  const measures = new Measures({
    steadyClock: () => world.now,
    fileSize: (file) => world.files.get(file) ?? null,
  });
  const begin = (call: Partial<ToolCall> = {}, more: Partial<RunningCall> = {}): void =>
    measures.begin({
      seq: 1,
      spender: { agent: "coder", session: "s" },
      call: { inBackground: false, contents: [], ...call } as ToolCall,
      verdict: "allow",
      effects: [effect("fs.write", path("/repo/a")), effect("fs.read", path("/repo/b"))],
      spend: [night, time, disk],
      ...more,
    });
  const end = (agent = "coder") =>
    measures.end(1, agent)?.settled.map(({ budget, by }) => [budget, by]) ?? null;
  return { world, begin, end };
}

test("time is what passed, bytes are what the named files grew by, once, and calls are never settled", () => {
  const { world: at, begin, end } = world();
  at.files.set("/repo/a", 100);
  begin();
  at.now = 15_000.2;
  at.files.set("/repo/a", 350).set("/repo/b", 9_000);
  expect(end()).toEqual([
    ["time", 5_001],
    ["disk", 249],
  ]);
  expect(end()).toBeNull();
  begin();
  at.files.set("/repo/a", 0);
  expect(end()).toEqual([
    ["time", -10_000],
    ["disk", -1],
  ]);
});

test("an ask takes no more than was taken, a call in the background and one that says its bytes no less", () => {
  const { world: at, begin, end } = world();
  begin({}, { verdict: "ask", spend: [time] });
  at.now = 3_600_000;
  expect(end()).toEqual([]);
  begin({ inBackground: true });
  expect(end()).toEqual([]);
  begin({ contents: [{ field: "content", text: "x", isNew: true }] }, { spend: [{ ...disk, cost: 40 }] });
  at.files.set("/repo/a", 41);
  expect(end()).toEqual([["disk", 1]]);
});

test("another agent's outcome measures nothing, and takes the measure away", () => {
  const { begin, end } = world();
  begin();
  expect(end("other")).toBeNull();
  expect(end()).toBeNull();
});
