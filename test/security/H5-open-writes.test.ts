import fc from "fast-check";
import { expect, test } from "vitest";
import { globMatches } from "../../src/analysis/wildcards.ts";
import { Gate } from "../../src/gate/gate.ts";
import { OpenCalls } from "../../src/gate/open-calls.ts";
import { isNamed, pathNames } from "../../src/gate/path-names.ts";
import { longestCall, PendingWrites } from "../../src/gate/pending-writes.ts";
import type { CurrentPolicy } from "../../src/gate/ports.ts";
import { SpendBook } from "../../src/gate/spend.ts";
import type { PathResource } from "../../src/model/effect.ts";
import type { DecisionBody, ReceiptBody } from "../../src/model/receipt.ts";
import { Spending } from "../../src/model/spending.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { effect, path, places, policySet } from "../policy/calls.ts";

// TRUST H5, in one process: calls that race inside the gate, the time after which a call is over, and names.

const root = places.repo[0] ?? "/";
const everything = `
- {id: files, verdict: allow, action: [fs.read, fs.write], path: ["**"]}
- {id: shell, verdict: allow, action: shell.exec, command: ["..."]}
`;

/** A gate on a made-up machine with one script, whose receipts take a turn of the loop to be durable. */
function gate(): {
  answer(id: string, tool: string, input: unknown): Promise<string>;
  receipts: ReceiptBody[];
} {
  const receipts: ReceiptBody[] = [];
  const set = policySet(everything);
  const policy = { set, compiled: compilePolicySet(set), lineage: { lineage: "" } } as CurrentPolicy;
  const made = new Gate(
    {
      currentPolicy: async () => policy,
      write: async (body) => {
        await new Promise((resolve) => setImmediate(resolve));
        receipts.push(body);
        return { seq: receipts.length };
      },
      keepInput: () => undefined,
      foldSoon: () => undefined,
      places: async () => places,
      world: {
        readText: (file) => (file === `${root}/go.sh` ? "echo ok\n" : null),
        realPath: (file) => file,
        list: () => [],
      },
      clock: () => 0,
      steadyClock: () => 0,
      fileSize: () => null,
      random: (n) => new Uint8Array(n),
      localKey: new Uint8Array(32),
      hasDiskReserve: () => true,
      report: (error) => {
        throw error;
      },
    },
    new OpenCalls(async () => new Map()),
    new PendingWrites(
      () => 0,
      -1,
      async () => [],
    ),
    new SpendBook(
      {
        recall: async () => ({ own: new Spending(), elsewhere: new Spending() }),
        hasMoved: () => false,
      },
      () => 0,
    ),
  );
  return {
    receipts,
    answer: async (id, tool, input) => {
      const body = Buffer.from(
        JSON.stringify({
          session_id: "s",
          cwd: root,
          hook_event_name: "PreToolUse",
          tool_name: tool,
          tool_input: input,
          tool_use_id: id,
        }),
      );
      const request = {
        agent: "coder",
        client: "claude-code",
        event: "PreToolUse",
        body,
        again: false,
        claimedPid: null,
      };
      const { text } = await made.answer(request);
      return JSON.parse(text).hookSpecificOutput.permissionDecision;
    },
  };
}

test("H5: two calls at once cannot pass each other: a write counts before its receipt is durable", async () => {
  const { answer, receipts } = gate();
  // The recall is behind us: nothing waits for anything but the receipts.
  expect(await answer("0", "Bash", { command: "bash go.sh" })).toBe("allow");
  const write = answer("1", "Write", { file_path: `${root}/go.sh`, content: "" });
  const run = answer("2", "Bash", { command: "bash go.sh" });
  expect(await Promise.all([write, run])).toEqual(["allow", "ask"]);
  const asked = receipts.findLast(
    (body): body is DecisionBody => "input" in body && body.call !== null && body.input.tool === "Bash",
  );
  expect(asked?.input.changing).toEqual([{ path: `${root}/go.sh`, by: null }]);
});

const script = `${root}/go.sh`;

function writes(...resources: PathResource[]): ReturnType<typeof effect>[] {
  return resources.map((resource) => effect("fs.write", resource));
}

test("H5: a call without outcome counts for ten minutes, one that was not answered does not", async () => {
  let now = 1_000;
  const recalled = { seq: 4, time: now - longestCall + 10, effects: writes(path(`${root}/old.sh`)) };
  const settledSince = { seq: 5, time: now, effects: writes(path(`${root}/late.sh`)) };
  const pending = new PendingWrites(
    () => now,
    9,
    async () => [settledSince, recalled],
  );
  const changing = (...files: string[]): unknown => pending.changing(files, (file) => file);
  pending.opened(writes(path(script))).recorded(10);
  pending.opened(writes(path(`${root}/never.sh`))).dropped();
  pending.settled(5);
  await pending.complete();
  expect(changing(script, `${root}/old.sh`, `${root}/never.sh`, `${root}/late.sh`)).toEqual([
    { path: script, by: 10 },
    { path: `${root}/old.sh`, by: 4 },
  ]);
  now += 10;
  expect(changing(script, `${root}/old.sh`)).toEqual([{ path: script, by: 10 }]);
  now += longestCall - 11;
  expect(changing(script)).toEqual([{ path: script, by: 10 }]);
  now += 1;
  expect(changing(script)).toEqual([]);
});

test("H5: more open writes than are kept hide none: then every script may change", () => {
  let now = 0;
  const pending = new PendingWrites(
    () => now,
    -1,
    async () => [],
  );
  const flood = Array.from({ length: 30_000 }, (_, index) => path(`${root}/${index}`));
  pending.opened(writes(path(script))).recorded(1);
  pending.opened(writes(...flood)).recorded(2);
  pending.opened(writes(...flood)).recorded(3);
  expect(pending.changing([script], () => null)).toEqual([{ path: script, by: null }]);
  now += longestCall;
  expect(pending.changing([script], () => null)).toEqual([]);
});

test("H5: what a call may write is named by its path, its real path and every path below", () => {
  const named = (resource: PathResource, file = script): boolean =>
    pathNames(resource).some((name) => isNamed(file, name));
  expect(named(path(script))).toBe(true);
  expect(named(path(`${root}/GO.sh`))).toBe(true);
  expect(named(path(root, "tree"))).toBe(true);
  expect(named(path("/", "tree"))).toBe(true);
  expect(named(path(`${root}/link/go.sh`, "exact", script))).toBe(true);
  expect(named(path(`${root}/?o.[a-z]*`, "glob"))).toBe(true);
  // What the ledger recalls has lost its secrets: anything may have stood there.
  expect(named(path(`${root}/‹redacted:token›`))).toBe(true);
  expect(named(path(`${root}/[‹redacted:token›]o.sh`, "glob"))).toBe(true);
  expect(named(path(`${root}/‹redacted:token›/x`))).toBe(false);
  expect(named(path("$x", "unknown"))).toBe(false);
  expect(named(path(`${root}/g`, "tree"))).toBe(false);
  expect(named(path(`${root}/*.js`, "glob"))).toBe(false);
});

test("law: a pattern that matches a file names it, and whatever lies below", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "*", "?", "[", "]", "!", "\\", "."),
    maxLength: 8,
  });
  const name = fc.string({ unit: fc.constantFrom("a", "b", "*", "[", "."), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(text, name, (pattern, file) => {
      fc.pre(globMatches(pattern, file));
      const names = pathNames(path(`/x/${pattern}`, "glob"));
      expect(names.every((each) => isNamed(`/x/${file}`, each) && isNamed(`/x/${file}/y`, each))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
