// Budgets over tokens and money of an agent whose client does not go through the model bus: what its transcripts say.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Governed } from "../fixtures/governed-repository.ts";
import {
  add,
  bindingWith,
  changePolicy,
  line,
  meteredRepository,
  tell,
  transcriptOf,
  used,
} from "../fixtures/transcripts.ts";

const verified = (repository: Governed): unknown => JSON.parse(repository.ok("verify", "--json")).problems;

/** A call of the client's, whose payload names the transcript. */
const git = (repository: Governed, more: Record<string, unknown> = {}) =>
  repository.bash("git status", { transcript_path: transcriptOf(repository), ...more });

test("each message counts once, with the most that was told of it, and what is used up stops tool calls", async () => {
  const repository = meteredRepository([
    "{ id: words, unit: tokens, limit: 1000, window: month }",
    "{ id: money, unit: usd, limit: 1, window: total }",
  ]);
  const transcript = transcriptOf(repository);
  // Nothing is written yet.
  expect((await git(repository)).decision).toBe("allow");
  expect(used(repository)).toEqual({ words: 0, money: 0 });
  // One answer on two lines, and the second says more of it; then half a line.
  const [half, rest] = [line("c", { input: 30 }).slice(0, 100), line("c", { input: 30 }).slice(100)];
  add(transcript, line("a", { input: 100, output: 1 }), line("a", { input: 100, output: 20, cacheRead: 50 }));
  add(transcript, `${JSON.stringify({ type: "user", toolUseResult: { usage: { input_tokens: 7 } } })}\n`);
  add(transcript, "garbage\n", line("s", { output: 9 }, {}, "<synthetic>"), half);
  expect((await git(repository)).decision).toBe("allow");
  expect(used(repository)).toEqual({ words: 170, money: 0.000305 });
  // The same answer grows, and the line ends: what is told by an outcome counts, too.
  add(transcript, rest, line("a", { input: 100, output: 25, cacheRead: 50 }));
  await tell(repository, "PostToolUse", {
    ...{ tool_name: "Bash", tool_input: {}, tool_response: {}, tool_use_id: "call_2" },
  });
  expect(used(repository)).toEqual({ words: 205, money: 0.000385 });
  // Nothing is new, and nothing is counted.
  await tell(repository, "SessionStart", { source: "resume" });
  expect(repository.ok("log", "--kind", "spend", "--json").trim().split("\n")).toHaveLength(2);

  // The ledger says whose word it is.
  const entry = JSON.parse(repository.ok("log", "--kind", "spend", "--json", "--limit", "1"));
  expect(entry).toMatchObject({
    agent: "coder",
    assurance: "hook",
    modelCall: { what: "reported", model: "opus", report: { source: "transcript", messages: 2, skipped: 0 } },
    spend: [
      { budget: "words", used: 170, cost: 35 },
      { budget: "money", used: 305, cost: 80 },
    ],
  });
  expect(repository.ok("log", "--kind", "spend")).toMatch(/reported +opus: 170 tokens, 0.000305 usd/);
  expect(repository.ok("show", String(entry.seq))).toContain(
    "messages of its client's transcript (the client's claim)",
  );
  expect(repository.git("log", "-1", "--format=%b", entry.commit)).toContain(
    "claim   of the client's: 2 messages of its transcript",
  );
  expect(JSON.stringify(entry)).not.toContain("req_");

  // From 80 % on the answer says so; what is used up stops the next call.
  add(transcript, line("d", { input: 600 }));
  expect(await git(repository)).toMatchObject({
    decision: "allow",
    reason: expect.stringContaining("budget words: 805 of 1000 tokens a month used"),
  });
  add(transcript, line("e", { input: 400 }));
  expect(await git(repository)).toMatchObject({
    decision: "deny",
    reason: expect.stringMatching(
      /the budget allows 1000 tokens a month; 1205 are used; it frees when this month .*\(budget\/words\)/,
    ),
  });
  expect(repository.ok("budget")).toMatch(
    /coder {2}words {2}#{20} {2}1205 of 1000 tokens a month +as its client's transcripts say, /,
  );
  // A signer lets it go on.
  repository.ok("grants", "add", "--agent", "coder", "--budget", "words", "--more", "500");
  expect((await git(repository)).decision).toBe("allow");
  expect(verified(repository)).toEqual([]);

  // One meter for each call: the bus takes none of this agent, until its binding says so.
  const { code, stderr } = repository.mirror("bus", "env", "--agent", "coder");
  expect([code, stderr]).toEqual([2, expect.stringContaining("it would be counted twice")]);
  const plan = changePolicy(repository, {
    "agents/coder.yaml": bindingWith(["{ id: words, unit: tokens, limit: 1000, window: month }"], ""),
  });
  expect(plan).toContain("usage: transcript");
  // What stops model calls then is the bus.
  expect((await git(repository)).decision).toBe("allow");
  expect(verified(repository)).toEqual([]);
});

test("what subagents take is the agent's, wherever it is written, and a model nobody knows takes all the money", async () => {
  const repository = meteredRepository([
    "{ id: words, unit: tokens, limit: 1000, window: day }",
    "{ id: money, unit: usd, limit: 0.5, window: day }",
  ]);
  const transcript = transcriptOf(repository);
  const subagents = transcript.replace(/\.jsonl$/, "/subagents");
  const subagent = { agent_id: "a1", agent_type: "Explore" };
  add(transcript, line("side", { input: 1 }, { isSidechain: true }));
  add(join(subagents, "agent-a1.jsonl"), line("own", { input: 10 }), line("side", { input: 1 }));
  expect((await git(repository, subagent)).decision).toBe("allow");
  expect(used(repository)["words"]).toBe(11);
  // Another one's file is looked at when a subagent ends, and one that lies elsewhere where the client says so.
  add(join(subagents, "workflows/w1/agent-a2.jsonl"), line("other", { input: 100 }));
  expect((await git(repository)).decision).toBe("allow");
  expect(used(repository)["words"]).toBe(11);
  const elsewhere = join(transcript, "../agent-a1.jsonl");
  add(elsewhere, line("old", { input: 200 }));
  await tell(repository, "SubagentStop", { ...subagent, agent_transcript_path: elsewhere });
  expect(used(repository)).toEqual({ words: 311, money: 0.000311 });

  add(transcript, line("odd", { input: 1 }, {}, "no-such-model"));
  expect(await git(repository)).toMatchObject({
    decision: "deny",
    reason: expect.stringMatching(/allows 0.5 usd a day; 0.5 are used; .*\(budget\/money\)/),
  });
  expect(used(repository)).toEqual({ words: 312, money: 0.5 });
  expect(repository.ok("log", "--kind", "spend", "--limit", "1")).toMatch(
    /reported +no-such-model: 1 tokens/,
  );
  // Or what prices.yaml says of such.
  changePolicy(repository, {
    "prices.yaml": "version: 1\nmodels: {}\nunknown: { input: 2, output: 2 }\n",
    "agents/coder.yaml": bindingWith(["{ id: money, unit: usd, limit: 1, window: day }"]),
  });
  add(transcript, line("odder", { input: 1_000 }, {}, "no-such-model"));
  expect((await git(repository)).decision).toBe("allow");
  expect(used(repository)).toEqual({ money: 0.502 });
  expect(verified(repository)).toEqual([]);
});

test("neither a gate that dies nor a file that is cut, replaced or deleted gives anything back, or counts twice", async () => {
  const repository = meteredRepository(["{ id: words, unit: tokens, limit: 100000, window: month }"]);
  const transcript = transcriptOf(repository);
  const kill = (): void => {
    process.kill(JSON.parse(repository.ok("daemon", "status", "--json")).pid, "SIGKILL");
    rmSync(join(repository.state(), "caches"), { recursive: true, force: true });
  };
  const now = async (): Promise<number | undefined> => {
    expect((await git(repository)).decision).toBe("allow");
    return used(repository)["words"];
  };
  add(transcript, line("a", { input: 100 }), line("b", { output: 10 }));
  expect(await now()).toBe(110);
  kill();
  expect(await now()).toBe(110);
  add(transcript, line("b", { output: 15 }));
  expect(await now()).toBe(115);
  // Cut: what stays is read again, and known.
  rmSync(transcript);
  expect(await now()).toBe(115);
  kill();
  add(transcript, line("b", { output: 12 }), line("c", { input: 1 }));
  expect(await now()).toBe(116);
  // Written over in place, with more than there was.
  rmSync(transcript);
  add(transcript, line("a", { input: 100 }), line("d", { input: 2 }), line("e", { input: 3 }));
  expect(await now()).toBe(121);
  // A session that goes on elsewhere begins with what was.
  const fork = transcript.replace(repository.session, "6b1d0f0e-0000-4000-8000-000000000001");
  add(fork, line("a", { input: 100 }), line("e", { input: 3 }), line("f", { input: 4 }));
  const other = { session_id: "6b1d0f0e-0000-4000-8000-000000000001", transcript_path: fork };
  expect((await git(repository, other)).decision).toBe("allow");
  expect(used(repository)["words"]).toBe(125);
  // In a linked work tree it is the same gate.
  const linked = join(repository.directory, "..", "linked");
  repository.git("worktree", "add", "-q", "-b", "linked", linked);
  expect((await git(repository, { cwd: linked })).decision).toBe("allow");
  expect(used(repository)["words"]).toBe(125);
  // Another directory of Claude Code's is one where a person has bound an agent with it.
  const moved = join(repository.home, "work");
  const there = { transcript_path: join(moved, "projects/-repo/s.jsonl") };
  add(there.transcript_path, line("h", { input: 6 }));
  expect((await git(repository, there)).reason).toMatch(/is not below .*run `mirror agent add` again there/);
  const environment = { CLAUDE_CONFIG_DIR: moved };
  const again = ["agent", "add", "coder", "--client", "claude-code"];
  expect(repository.mirrorWith({ environment }, ...again).code).toBe(0);
  expect((await git(repository, there)).decision).toBe("allow");
  expect(used(repository)["words"]).toBe(131);
  // What is older than a week is not looked at.
  add(
    transcript,
    line("g", { input: 5 }, { timestamp: new Date(Date.now() - 8 * 86_400_000).toISOString() }),
  );
  expect(await now()).toBe(131);
  expect(verified(repository)).toEqual([]);
});
