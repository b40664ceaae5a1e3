import { expect, test } from "vitest";
import * as gates from "../fixtures/waiting-gate.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST S3: a person's answer is good for the call they were asked about. The commitment they sign covers the tool's input; a
// call that is sent again with the same input and the same id, to another tool, from elsewhere or by another agent, is
// another call.

const input = { command: "make deploy" };
const attacks: Readonly<Record<string, readonly [gates.Sent, gates.Sent]>> = {
  "another tool of a server": [
    { tool: "mcp__db__describe", input: { table: "people" } },
    { tool: "mcp__db__drop", input: { table: "people" } },
  ],
  "writing what was asked to be read": [
    { tool: "Read", input: { file_path: "/home/ada/repo/a", content: "evil" } },
    { tool: "Write", input: { file_path: "/home/ada/repo/a", content: "evil" } },
  ],
  "another directory": [{ input }, { input, cwd: "/tmp/evil" }],
  "another agent, whose rules deny it": [{ input }, { input, agent: "helper" }],
  "a subagent": [{ input }, { input, subagent: "reviewer" }],
};

async function attempt({ waitingGate }: typeof gates, asked: gates.Sent, done: gates.Sent): Promise<string> {
  const gate = waitingGate();
  expect(await gate.call(asked)).toBe("waits");
  expect(await gate.answer(1, "allow")).toBeNull();
  return await gate.call({ ...done, again: true });
}

test.each(Object.entries(attacks))("S3: an answer is not good for %s", async (_, [asked, done]) => {
  expect(await attempt(gates, asked, asked)).toBe("allow");
  expect(await attempt(gates, asked, done)).toMatch(/^(waits|deny)$/);
  const without = await moduleWithout<typeof gates>("test/fixtures/waiting-gate.ts", {
    file: "src/gate/gate.ts",
    text: "if (call === null || (call.said !== null && call.said !== said)) return null;",
    by: "if (call === null) return null;",
  });
  expect(await attempt(without, asked, done)).toBe("allow");
});

test("S3: an answer is good for a minute past its ask's time, and the call is asked about anew then", async () => {
  const gate = gates.waitingGate();
  expect(await gate.call()).toBe("waits");
  expect(await gate.answer(1, "allow")).toBeNull();
  gate.pass(300_000);
  expect(await gate.call({ again: true })).toBe("allow");
  gate.pass(60_001);
  expect(await gate.call({ again: true })).toBe("waits");
  expect(gate.receipts.map(({ kind }) => kind)).toEqual(["decision", "approval", "decision"]);
});

test("S3: an agent's asks do not take the place of another's", async () => {
  const { Asks } = await import("../../src/gate/asks.ts");
  const asks = new Asks(() => 0);
  const rest = { session: "s", lineage: "l", grantable: null, commitment: "", spend: [] };
  const open = (seq: number, agent: string) =>
    asks.opened({ ...rest, seq, principal: { agent, subagent: null } }, null);
  for (let seq = 0; seq < 1_000; seq += 1) open(seq, "coder");
  expect(() => open(1_000, "coder")).toThrow(/1000 asks of `coder` wait/);
  expect(open(1_001, "helper").seq).toBe(1_001);
});
