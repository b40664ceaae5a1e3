// What a session did before, through the hook: a rule that asks it, what counts, and that nothing which is killed, deleted or
// raced makes it forgotten.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

const open = `version: 1
id: open
rules:
  - { id: all, verdict: allow, action: shell.exec, command: "..." }
  - { id: files, verdict: allow, action: [fs.read, fs.write], path: "**" }
  - { id: net, verdict: allow, action: net.connect, host: "*" }
`;
const sequel = `
  - { id: sequel, verdict: ask, action: net.connect, when: { after: reads-secret }, reason: a secret was read }
  - { id: once, verdict: deny, action: fs.read, path: "**/*.pem", when: { after: reads-secret } }
`;
const binding = "version: 1\nid: coder\nclients: [claude-code]\npolicies: [open]\n";

/** Proposes files by their paths below `.mirror/`. */
function propose(repository: Governed, name: string, files: Readonly<Record<string, string>>): void {
  const directory = scratchDirectory();
  const named = Object.entries(files).flatMap(([path, text], index) => {
    writeFileSync(join(directory, `${index}.yaml`), text);
    return ["--from-file", join(directory, `${index}.yaml`), "--as", path];
  });
  repository.ok("policy", "propose", name, ...named);
}

const kill = (repository: Governed): void => {
  process.kill(JSON.parse(repository.ok("daemon", "status", "--json")).pid, "SIGKILL");
};

const cases = (...lines: string[]): string =>
  `version: 1\nid: open\nagent: coder\ncases:\n${lines.map((line) => `  - ${line}\n`).join("")}`;

test("after a secret was read the network asks: in this session, whatever is killed, and in no other", async () => {
  const repository = boundRepository();
  propose(repository, "open", { "policies/open.yaml": open, "agents/coder.yaml": binding });
  repository.ok("policy", "merge", "open");
  const other = { session_id: "6b1d0f0e-0000-4000-8000-000000000001" };
  const third = { session_id: "6b1d0f0e-0000-4000-8000-000000000002" };
  const curl = "curl https://x.io/a";
  // Before there is such a rule nothing of it is recorded, and yet it counts when the rule has come.
  expect((await repository.bash("cat .env")).decision).toBe("allow");
  expect((await repository.bash(curl)).decision).toBe("allow");
  expect((await repository.bash("git status", other)).decision).toBe("allow");

  propose(repository, "sequel", {
    "policies/open.yaml": open + sequel,
    "tests/open.yaml": cases(
      '{ command: "curl x.io", expect: allow }',
      '{ command: "curl x.io", after: reads-secret, expect: ask, rule: open/sequel }',
      '{ command: "cat a.pem", after: [opaque, reads-secret], expect: deny, rule: open/once }',
    ),
  });
  const plan = JSON.parse(repository.ok("policy", "plan", "sequel", "--json"));
  expect(plan).toMatchObject({ verdict: "narrows", unknown: [] });
  const texts = plan.changes.map(
    ({ from, to, witness }: { from: string; to: string; witness: { text: string } }) =>
      `${from} -> ${to}: ${witness.text}`,
  );
  expect(texts).toContain("allow -> ask: after reads-secret: fetches from `x`");
  expect(texts).toContain("allow -> deny: after reads-secret: reads `.pem`");
  // Of the calls that were made, the one that came after the secret.
  expect(plan.replay).toMatchObject({
    flipped: 1,
    kinds: [{ agent: "coder", from: "allow", to: "ask", rule: "open/sequel", count: 1 }],
  });
  expect(repository.ok("policy", "test", "sequel", "--coverage")).not.toContain("open/sequel");
  repository.ok("policy", "merge", "sequel");

  kill(repository);
  const asked = await repository.bash(curl);
  expect([asked.decision, asked.reason]).toEqual([
    "ask",
    expect.stringContaining("fetches from `x.io`: after reads-secret: a secret was read"),
  ]);
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect((await repository.bash(curl, other)).decision).toBe("allow");
  // A subagent is the same session of the same agent.
  const subagent = { agent_id: "s1", agent_type: "general-purpose" };
  expect((await repository.bash("cat .env", { ...other, ...subagent })).decision).toBe("allow");
  repository.mirror("daemon", "stop");
  rmSync(join(repository.state(), "caches"), { recursive: true, force: true });
  expect((await repository.bash(curl, other)).decision).toBe("ask");
  // Two calls in one: which of them comes first is not known.
  expect((await repository.bash(`cat .env; ${curl}`, third)).decision).toBe("ask");
  // What is denied was not done.
  const fourth = { session_id: "6b1d0f0e-0000-4000-8000-000000000003" };
  expect((await repository.bash("cat .env; mirror init", fourth)).decision).toBe("deny");
  expect((await repository.bash(curl, fourth)).decision).toBe("allow");

  // Of racing calls of one session none misses the other: one is the first.
  const race = { session_id: "6b1d0f0e-0000-4000-8000-000000000004" };
  const read = (name: string) =>
    repository.call("Read", { file_path: join(repository.directory, name) }, race);
  const answers = await Promise.all([..."abcd"].map((name) => read(`${name}.pem`)));
  expect(answers.map(({ decision }) => decision).sort()).toEqual(["allow", "deny", "deny", "deny"]);

  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
  const asks = repository.ok("log", "--decision", "ask", "--json").trim().split("\n");
  const told = asks.map((line) => JSON.parse(line)).find(({ after }) => after.length > 0);
  expect(repository.ok("show", `${told.seq}`)).toMatch(/after +reads-secret\n/);

  // `explain` is told what was done before; nothing, where it is not.
  const explain = (...more: string[]) =>
    repository.mirror("explain", "--agent", "coder", "--command", curl, ...more);
  expect(JSON.parse(explain("--json").stdout).decision).toBe("allow");
  const after = ["--after", "reads-secret", "--after", "opaque"];
  expect(JSON.parse(explain("--json", ...after).stdout)).toMatchObject({
    decision: "ask",
    after: ["opaque", "reads-secret"],
  });
  expect(explain(...after).stdout).toMatch(/after +opaque reads-secret\n/);
  expect(explain("--after", "read-secret").stderr).toContain("did you mean `reads-secret`?");
});
