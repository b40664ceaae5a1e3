// Budgets through the hook: what is counted, when it stops, and that nothing which is deleted, killed or raced gives any
// of it back.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { statePathsAt } from "../../src/app/home.ts";
import { openGate } from "../../src/app/open-gate.ts";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

/** Gives the agent these budgets, as a person does: by a proposal that is merged. */
function withBudgets(repository: Governed, lines: readonly string[]): void {
  const file = join(scratchDirectory(), "coder.yaml");
  const binding = "version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n";
  writeFileSync(file, `${binding}budgets:\n${lines.map((line) => `  - ${line}\n`).join("")}`);
  repository.ok("policy", "propose", "budgets", "--from-file", file, "--as", "agents/coder.yaml");
  expect(repository.ok("policy", "plan", "budgets")).toContain("the budget ");
  repository.ok("policy", "merge", "budgets");
}

const used = (repository: Governed): Record<string, number> =>
  Object.fromEntries(
    JSON.parse(repository.ok("budget", "--agent", "coder", "--json")).map(
      (each: { id: string; used: number }) => [each.id, each.used],
    ),
  );

test("eight callers at once never get one call more than the budget, and neither a kill nor a lost cache gives any back", async () => {
  const repository = boundRepository();
  expect(repository.ok("budget")).toContain("No agent has a budget");
  withBudgets(repository, [
    "{ id: night, unit: calls, limit: 10, window: month }",
    "{ id: wide, unit: files, limit: 2, window: total }",
    "{ id: danger, unit: calls, limit: 0, window: day, risk: critical }",
  ]);
  // A denied call spends nothing.
  expect((await repository.bash("git push -f")).decision).toBe("deny");
  expect(used(repository)).toEqual({ night: 0, wide: 0, danger: 0 });
  const write = (name: string) =>
    repository.call("Write", { file_path: join(repository.directory, name), content: "x" });
  expect((await write("a.txt")).decision).toBe("allow");
  expect((await repository.bash("touch b.txt")).decision).toBe("allow");
  const third = await write("c.txt");
  expect([third.decision, third.reason]).toEqual([
    "deny",
    expect.stringMatching(/allows 2 files in all; 2 are used and this takes 1.*\(budget\/wide\)/),
  ]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => repository.bash("git status")));
  expect(answers.filter(({ decision }) => decision === "allow")).toHaveLength(8);
  const [stopped] = answers.filter(({ decision }) => decision === "deny");
  expect(stopped?.reason).toMatch(/allows 10 calls a month; 10 are used .* it frees when this month/);
  expect(answers.some(({ reason }) => reason.includes("budget night: 8 of 10 calls a month used"))).toBe(
    true,
  );
  expect(used(repository)).toEqual({ night: 10, wide: 2, danger: 0 });

  repository.mirror("daemon", "stop");
  rmSync(join(repository.state(), "caches"), { recursive: true, force: true });
  expect((await repository.bash("git status")).decision).toBe("deny");
  // Another session is the same agent.
  const other = { session_id: "6b1d0f0e-0000-4000-8000-000000000001" };
  expect((await repository.bash("git status", other)).decision).toBe("deny");
  // One in a linked work tree is, too.
  const linked = join(repository.directory, "..", "linked");
  repository.git("worktree", "add", "-q", "-b", "linked", linked);
  expect((await repository.bash("git status", { cwd: linked })).reason).toContain("(budget/night)");
  // A subagent is, too.
  const subagent = { agent_id: "s1", agent_type: "general-purpose" };
  expect((await repository.bash("git status", subagent)).decision).toBe("deny");
  expect(repository.ok("budget")).toMatch(
    /coder {2}night {3}#{20} {2}10 of 10 calls a month +[\d.]+ calls an hour, frees 20\d\d-/,
  );
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });

  // A person lets it use more, for this window and no longer; the text is theirs, and counts once.
  expect(
    repository.mirror("grants", "add", "--agent", "coder", "--budget", "day", "--more", "1").stderr,
  ).toMatch(/has no budget `day`\n {2}it has night, wide, danger/);
  const added = JSON.parse(
    repository.ok("grants", "add", "--agent", "coder", "--budget", "night", "--more", "2", "--json"),
  );
  const more = await Promise.all([1, 2, 3].map(() => repository.bash("git status")));
  expect(more.map(({ decision }) => decision).sort()).toEqual(["allow", "allow", "deny"]);
  expect(repository.ok("budget")).toMatch(/12 of 12 calls a month +2 of it granted/);
  repository.mirror("daemon", "stop");
  expect((await repository.bash("git status")).reason).toMatch(/10 calls a month, and 2 more were granted/);
  repository.ok("grants", "revoke", String(added.receipt));
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });

  // To raise a limit widens, to lower it narrows; both go the way of every change.
  withBudgets(repository, ["{ id: night, unit: calls, limit: 12, window: month }"]);
  expect((await repository.bash("git status")).decision).toBe("deny");
  withBudgets(repository, ["{ id: night, unit: calls, limit: 13, window: month }"]);
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect(used(repository)).toEqual({ night: 13 });
});

const measured = boundRepository();

test("time and bytes are settled by what the gate measures, once, and by nothing that the client claims", async () => {
  const repository = measured;
  withBudgets(repository, [
    "{ id: disk, unit: bytes, limit: 1000, window: total }",
    "{ id: time, unit: seconds, limit: 200, window: month }",
    "{ id: net, unit: hosts, limit: 1, window: total }",
  ]);
  const outcome = (call: string, more: object = {}) =>
    repository.hook("PostToolUse", {
      session_id: repository.session,
      cwd: repository.directory,
      hook_event_name: "PostToolUse",
      tool_name: "Bash",
      tool_input: {},
      tool_response: {},
      tool_use_id: call,
      ...more,
    });
  const file = (name: string) => join(repository.directory, name);
  const content = "é".repeat(150);
  expect((await repository.call("Write", { file_path: file("a.txt"), content })).decision).toBe("allow");
  // No outcome ever comes of it: it stays spent, with the time that the client gives such a call.
  expect(used(repository)).toEqual({ disk: 300, time: 10, net: 0 });
  // What a shell command writes is known when it is done.
  const id = { tool_use_id: "shell" };
  expect((await repository.bash("echo x >> big.txt", id)).decision).toBe("allow");
  expect(used(repository)).toEqual({ disk: 301, time: 130, net: 0 });
  writeFileSync(file("big.txt"), "x".repeat(500));
  // The client's own numbers count for nothing.
  await outcome("shell", { duration_ms: 0, tool_response: { bytes: 0 } });
  const settled = used(repository);
  expect(settled).toMatchObject({ disk: 800, net: 0 });
  expect(settled["time"]).toBeGreaterThan(10);
  expect(settled["time"]).toBeLessThan(120);
  // Neither a second outcome nor one of a call that was denied gives anything back.
  await outcome("shell");
  const large = { file_path: file("large.txt"), content: "x".repeat(201) };
  const denied = await repository.call("Write", large, { tool_use_id: "large" });
  expect(denied.reason).toMatch(
    /allows 1000 bytes in all; 800 are used and this takes 201.*\(budget\/disk\)/,
  );
  await outcome("large");
  expect(used(repository)).toEqual(settled);
  // A gate that dies between the answer and the outcome knows nothing to settle by.
  expect((await repository.bash("git status", { tool_use_id: "killed" })).decision).toBe("allow");
  process.kill(JSON.parse(repository.ok("daemon", "status", "--json")).pid, "SIGKILL");
  await outcome("killed");
  const after = used(repository);
  expect(after["time"]).toBe((settled["time"] ?? 0) + 120);
  expect((await repository.bash("git status")).reason).toContain("(budget/time)");
  const short = await repository.call("Bash", { command: "git status", timeout: 5_000 });
  expect(short.decision).toBe("allow");
  expect(used(repository)["time"]).toBeCloseTo((after["time"] ?? 0) + 5, 3);
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
});

test("model calls are reserved before and settled after, exactly, also where eight race or the gate dies between", async () => {
  withBudgets(measured, [
    "{ id: words, unit: tokens, limit: 1000, window: month }",
    "{ id: money, unit: usd, limit: 0.5, window: total }",
  ]);
  measured.mirror("daemon", "stop");
  const paths = statePathsAt(measured.state());
  const call = { agent: "coder", subagent: null, session: "s", model: "big" };
  const use = (input: number, microUsd: number | null) => ({
    tokens: { input, output: 0, cacheRead: 0, cacheWrite: 0 },
    microUsd,
  });
  let gate = await openGate(paths);
  const tries = Array.from({ length: 8 }, () => gate.reserveModelCall(call, use(100, 70_000)));
  const answers = await Promise.all(tries);
  const [first, second, ...others] = answers.flatMap((each) => (each.reserved ? [each] : []));
  expect(others).toHaveLength(5);
  const refused = answers.find((each) => !each.reserved);
  expect(refused).toMatchObject({
    budget: "money",
    message: expect.stringMatching(/allows 0.5 usd in all; 0.49 are used and this takes 0.07/),
    resetsAt: null,
  });
  expect(others.at(-1)?.warnings).toEqual(["budget money: 0.49 of 0.5 usd in all used"]);
  if (first === undefined || second === undefined) throw new Error("nothing was reserved");
  // Settled up in tokens, down in money; once.
  await gate.settleModelCall(first, use(350, 10_000));
  await expect(gate.settleModelCall(first, use(0, 0))).rejects.toThrow("reserved nothing that is open");
  await expect(gate.reserveModelCall(call, use(-1, 0))).rejects.toThrow("expected whole numbers");
  expect(await gate.reserveModelCall(call, use(1, null))).toMatchObject({ budget: "money" });
  expect(await gate.reserveModelCall({ ...call, agent: "nobody" }, use(1, 1))).toMatchObject({
    budget: null,
  });
  await gate.close();
  // Whoever reserved is gone: the estimates stay spent, and nobody settles them any more.
  gate = await openGate(paths);
  await expect(gate.settleModelCall(second, use(0, 0))).rejects.toThrow("reserved nothing that is open");
  expect(await gate.reserveModelCall(call, use(51, 1))).toMatchObject({ budget: "words" });
  expect(await gate.reserveModelCall(call, use(50, 1))).toMatchObject({ reserved: true });
  await gate.close();
  expect(used(measured)).toEqual({ words: 350, money: 0.01 });
  expect(measured.ok("budget")).toMatch(/words +#{20} +350 of 1000 tokens a month +650 more reserved/);
  const stands = JSON.parse(measured.ok("budget", "--agent", "coder", "--json"));
  expect(stands).toMatchObject([
    { id: "words", unit: "tokens", limit: 1_000, reserved: 650, window: "month" },
    {
      id: "money",
      unit: "usd",
      limit: 0.5,
      reserved: 0.420_001,
      window: "total",
      perHour: null,
      resetsAt: null,
    },
  ]);
  expect(stands[0].perHour).toBeGreaterThan(0);
  // Tool calls take none of it, and are not refused over it.
  expect((await measured.bash("git status")).decision).toBe("allow");
  expect(measured.ok("log", "--kind", "spend")).toMatch(/refused .*allows 1000 tokens/);
  expect(measured.ok("show", String(first.seq))).toMatch(/cost +0.07 usd/);
  expect(JSON.parse(measured.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
});

test("a policy's budget is shared by whom it holds for, the repository's by all", async () => {
  const repository = boundRepository();
  repository.ok("agent", "add", "second", "--client", "claude-code");
  const shared = join(scratchDirectory(), "shared.yaml");
  writeFileSync(
    shared,
    "version: 1\nid: shared\nrules: []\nbudgets:\n  - { id: night, unit: calls, limit: 3, window: month }\n",
  );
  const binding = (id: string): string => {
    const file = join(scratchDirectory(), `${id}.yaml`);
    writeFileSync(file, `version: 1\nid: ${id}\nclients: [claude-code]\npolicies: [base, shared]\n`);
    return file;
  };
  const config = join(scratchDirectory(), "mirror.yaml");
  writeFileSync(
    config,
    `${repository.git("show", "HEAD:.mirror/mirror.yaml")}\nbudgets:\n  - { id: writes, unit: files, limit: 1, window: total }\n`,
  );
  const files = [
    ["--from-file", shared],
    ...["coder", "second"].flatMap((id) => [
      ["--from-file", binding(id)],
      ["--as", `agents/${id}.yaml`],
    ]),
    ...[
      ["--from-file", config],
      ["--as", "mirror.yaml"],
    ],
  ];
  repository.ok("policy", "propose", "shared", ...files.flat());
  const plan = repository.ok("policy", "plan", "shared");
  expect(plan).toContain("the policy shared: the budget night is new: 3 calls a month");
  expect(plan).toContain("all agents: the budget writes is new: 1 file in all");
  repository.ok("policy", "merge", "shared");
  // The hooks in this work tree speak for `second` by now.
  expect((await repository.bash("touch a")).decision).toBe("allow");
  expect((await repository.bash("touch b")).reason).toContain("(budget/*/writes)");
  expect((await repository.bash("git status")).decision).toBe("allow");
  repository.ok("agent", "add", "coder", "--client", "claude-code");
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect((await repository.bash("git status")).reason).toContain("(budget/shared/night)");
  expect(used(repository)).toEqual({ "shared/night": 3, "*/writes": 1 });
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});

test("a budget over a session alone, a second one of that name and a unit that is none are refused", () => {
  const repository = boundRepository();
  const refused = (line: string, usage = ""): string => {
    const file = join(scratchDirectory(), "coder.yaml");
    const binding = `version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n${usage}`;
    writeFileSync(file, `${binding}budgets:\n${line}`);
    const { code, stderr } = repository.mirror(
      ...["policy", "propose", "x", "--from-file", file, "--as", "agents/coder.yaml"],
    );
    expect(code).toBe(1);
    return stderr;
  };
  const session = "  - { id: s, unit: calls, limit: 5, window: session }\n";
  expect(refused(session)).toMatch(/agents\/coder\.yaml:6:\d+: found the budget `s` over a session alone/);
  expect(refused(session + session)).toContain("found a second budget `s`");
  const budget = (more: string): string => refused(`  - { id: s, window: total, ${more} }\n`);
  expect(budget("unit: wishes, limit: 5")).toMatch(/expected .*calls.*files/);
  expect(refused(`${session}  - { id: h, unit: calls, limit: 5, window: hour }\n`)).toContain(
    "a session alone",
  );
  // Limits that cannot be counted, budgets towards which nothing counts, shares for nobody.
  expect(budget("unit: calls, limit: 2.5")).toMatch(
    /:6:\d+: found the limit `2.5`, expected a number of calls/,
  );
  expect(budget("unit: usd, limit: 0.0000001")).toContain("steps of 0.000001");
  expect(budget("unit: hosts, limit: 1, action: fs.read")).toContain("expected net.connect");
  expect(budget("unit: tokens, limit: 1, risk: high")).toContain("expected no `risk`");
  // Money is counted by prices, wherever usage is read; and that it is read somewhere else is said in one of two words.
  const money = "  - { id: s, unit: usd, limit: 1, window: total }\n";
  expect(refused(money, "usage: transcript\n")).toMatch(
    /:7:\d+: found the budget `s` of usd and no prices.yaml/,
  );
  expect(refused(money, "usage: client\n")).toMatch(/:5:\d+: .*expected .*bus.*transcript/);
  expect(budget("unit: calls, limit: 1, share: { a: 60, b: 41 }")).toContain("found 101 hundredths");
  expect(budget("unit: calls, limit: 1, share: { nobody: 60 }")).toContain("does not enrol");
});
