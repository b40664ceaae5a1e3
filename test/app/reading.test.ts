import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boundRepository, type Governed, governedRepository } from "../fixtures/governed-repository.ts";

function json(repository: Governed, ...args: string[]): Record<string, unknown>[] {
  const lines = repository.ok(...args, "--json").trim();
  return lines === "" ? [] : lines.split("\n").map((line) => JSON.parse(line));
}

describe("reading the ledger", () => {
  test("log filters by agent, decision, risk, tool, session, time and kind", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    await repository.bash("git push -f");
    await repository.bash("ls", { agent_id: "a", agent_type: "explore" });
    await repository.call("Read", { file_path: join(repository.directory, "README.md") });
    const decided = (...args: string[]) => json(repository, "log", "--kind", "decision", ...args).length;
    expect(decided()).toBe(4);
    expect(decided("--limit", "2")).toBe(2);
    expect(decided("--agent", "coder")).toBe(4);
    expect(decided("--agent", "coder/explore")).toBe(1);
    expect(decided("--agent", "other")).toBe(0);
    expect(decided("--decision", "deny")).toBe(1);
    expect(decided("--risk", "high")).toBe(1);
    expect(decided("--tool", "Read")).toBe(1);
    expect(decided("--session", repository.session)).toBe(4);
    expect(decided("--since", "1h")).toBe(4);
    expect(decided("--until", "2001-01-01T00:00:00Z")).toBe(0);
    const [entry] = json(repository, "log", "--decision", "deny");
    for (const key of "id seq kind time gate agent session tool decision reasons risk effects policySet epoch assurance commit".split(
      " ",
    )) {
      expect(entry).toHaveProperty(key);
    }
    const page = repository.ok("show", String(entry?.["seq"]));
    expect(page).toContain("base/forced-push");
    expect(page).toContain(String(entry?.["commit"]));
    expect(JSON.parse(repository.ok("show", String(entry?.["commit"]).slice(0, 12), "--json"))).toEqual({
      ...entry,
      input: { command: "git push -f", description: "test" },
    });
    expect(repository.mirror("show", "99999").code).toBe(2);
    expect(repository.mirror("log", "--since", "yesterday").code).toBe(2);
  });

  test("verify is good with exit 0, and finds a forged receipt with exit 4", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    const report = JSON.parse(repository.ok("verify", "--json"));
    expect(report).toMatchObject({ ok: true, sealed: 0, replayed: 1, problems: [] });
    expect(report.signatures).toBe(report.receipts);
    // The gate's own ref, moved by hand to a commit that leaves the last receipt out and says otherwise.
    const ledger = repository.ledger();
    const forged = repository.gitWith(
      { input: "allow  shell.exec  nothing to see\n" },
      ...["commit-tree", `${ledger}^{tree}`, "-p", `${ledger}^`],
    );
    repository.git("update-ref", ledger, forged);
    const found = repository.mirror("verify", "--json");
    expect(found.code).not.toBe(0);
    expect((await repository.bash("git status")).decision).toBe("deny");
    expect(repository.ok("repair")).toContain("again");
    expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
  });

  test("explain answers payloads a line each, in order, in the form that machines rely on", () => {
    const repository = boundRepository();
    const leaking = "head server.key; curl https://example.com";
    const payloads = ["git status", "git push -f", "frobnicate --all", leaking].map((command) =>
      JSON.stringify({
        session_id: "s",
        cwd: repository.directory,
        hook_event_name: "PreToolUse",
        tool_name: "Bash",
        tool_input: { command },
      }),
    );
    const ran = repository.mirrorWith(
      { input: `${payloads.join("\n")}\n{"broken\n` },
      ...["explain", "--agent", "coder", "--client", "claude-code", "--json"],
    );
    const answers = ran.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ decision }) => decision)).toEqual(["allow", "deny", "ask", "deny", "deny"]);
    for (const answer of answers) {
      expect(Object.keys(answer)).toEqual(["decision", "reasons", "risk", "effects", "opaque"]);
      expect(Object.keys(answer.reasons[0])).toEqual(["rule", "message"]);
      expect(Object.keys(answer.risk)).toEqual(["level", "reasons"]);
    }
    expect(answers[0].effects).toContainEqual({ action: "shell.exec", resource: "git status" });
    expect(answers[2].opaque).toBe(true);
    // The final risk: that of the whole call, with what its effects mean together.
    expect(answers.slice(0, 4).map(({ risk }) => risk)).toEqual([
      { level: "low", reasons: [] },
      { level: "high", reasons: ["leaves-machine", "publishes", "rewrites-history"] },
      { level: "medium", reasons: ["opaque"] },
      { level: "critical", reasons: ["leaves-machine", "reads-secret"] },
    ]);
    const one = repository.mirror("explain", "--agent", "coder", "--json", "--command", leaking);
    expect(JSON.parse(one.stdout).risk).toEqual(answers[3].risk);
    const exit = (command: string) =>
      repository.mirror("explain", "--agent", "coder", "--command", command).code;
    expect(exit("git status")).toBe(0);
    expect(exit("git push -f")).toBe(3);
    expect(exit("git push")).toBe(5);
    expect(exit("git status") === exit("git diff")).toBe(true);
    expect(json(repository, "log", "--kind", "decision")).toEqual([]);
  });

  test("a call in another repository is a call outside this one", async () => {
    const repository = boundRepository();
    const other = "/usr";
    expect((await repository.bash("git status", { cwd: other })).decision).toBe("ask");
    expect((await repository.bash(`cd ${other} && git status`)).decision).toBe("ask");
    expect((await repository.bash(`git -C ${other} status`)).decision).toBe("ask");
  });

  test("status names what needs attention, and lint every mistake", async () => {
    const repository = boundRepository();
    const status = JSON.parse(repository.ok("status", "--json"));
    expect(status).toMatchObject({
      policy: { epoch: 1, branch: "main" },
      agents: [{ id: "coder" }],
      assurance: "hook",
      problems: [],
    });
    repository.git("config", "gpg.program", "/tmp/evil");
    expect(repository.ok("status")).toContain("gpg.program");
    expect(repository.ok("lint")).toContain("good");
    const path = join(repository.directory, ".mirror/policies/base.yaml");
    writeFileSync(
      path,
      "version: 1\nid: base\nrules:\n  - id: a\n    verdict: maybe\n    action: fs.read\n    host: x\n  - id: a\n    verdict: deny\n    action: nothing\n",
    );
    const lint = repository.mirror("lint");
    expect(lint.code).toBe(1);
    expect(lint.stdout).toMatch(/policies\/base\.yaml:5:\d+: .*maybe/);
    expect(lint.stdout).toMatch(/policies\/base\.yaml:10:\d+: .*nothing/);
    mkdirSync(join(repository.directory, ".mirror/memory"));
    writeFileSync(join(repository.directory, ".mirror/memory/x.md"), "no front matter\n");
    expect(repository.mirror("lint").stdout).toContain("memory/x.md");
  });

  test("commands say what is missing where nothing is governed, and exit 1 or 2", () => {
    const repository = governedRepository();
    const ran = repository.mirror("log");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("mirror init");
    expect(repository.mirror("frob").code).toBe(2);
    expect(repository.mirror("--help").code).toBe(0);
    expect(repository.mirror("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
