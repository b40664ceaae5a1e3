// What people let run when it was asked becomes a proposal, and once that is merged, nobody is asked again.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";

type End = "PostToolUse" | "PostToolUseFailure" | "interrupted" | "none";

/** Makes a shell call and reports how it ended. */
async function called(repository: Governed, command: string, end: End): Promise<string> {
  const id = `${command} ${end}`;
  const { decision } = await repository.bash(command, { tool_use_id: id });
  if (end === "none") return decision;
  const event = end === "interrupted" ? "PostToolUse" : end;
  const ran = await repository.hook(event, {
    session_id: repository.session,
    cwd: repository.directory,
    hook_event_name: event,
    tool_name: "Bash",
    tool_input: { command },
    tool_use_id: id,
    ...(event === "PostToolUse"
      ? { tool_response: { stdout: "", interrupted: end === "interrupted" } }
      : { error: "Exit code 1" }),
  });
  expect(ran).toMatchObject({ code: 0, stdout: "{}\n" });
  return decision;
}

test("ask, run, suggest, propose, approve, merge: then it is allowed, and what was refused still asks", async () => {
  const repository = boundRepository();
  const suggest = (...args: string[]): string =>
    repository.ok("policy", "suggest", "--agent", "coder", ...args);
  expect(suggest()).toBe("No call of coder was ever asked about: the ledger has nothing to learn from.\n");
  expect(repository.mirror("policy", "suggest", "--agent", "nobody").stderr).toContain("is not bound here");
  repository.git("remote", "add", "origin", "https://git.example.com/x.git");
  expect(await called(repository, "docker push prod:1", "none")).toBe("ask");
  expect(await called(repository, "docker push prod:2", "interrupted")).toBe("ask");
  expect(await called(repository, "helm install x y", "PostToolUseFailure")).toBe("ask");
  expect(suggest()).toContain("Nothing was approved: nothing to suggest.");
  for (const command of [
    "git push origin main",
    "git push origin dev",
    "docker push test:1",
    "docker push 'a\u202Eb'",
  ])
    expect(await called(repository, command, "PostToolUse")).toBe("ask");
  expect(await called(repository, "git reset --hard", "PostToolUse")).toBe("ask");
  expect(await called(repository, "git push --force origin main", "none")).toBe("deny");

  const found = JSON.parse(suggest("--json"));
  expect(found).toMatchObject({
    agent: "coder",
    asked: { approved: 5, refused: 2, unclear: 1 },
    denied: 1,
    allowed: 0,
    policy: "suggested-coder",
    unknown: [],
    left: [{ why: "base/hard-to-undo says ask", calls: 1, examples: ["runs `git reset --hard`"] }],
  });
  const push = found.rules.find(({ id }: { id: string }) => id === "suggested-coder/git-push-origin");
  expect(push).toMatchObject({
    rule: { command: ["git push origin [!-]*"], when: { risk: { max: "medium" } } },
    covers: 2,
    examples: ["runs `git push origin main`", "runs `git push origin dev`"],
    changes: [{ direction: "widens", from: "ask", to: "allow" }],
  });
  // What it matches beyond what was approved is told by a command that nobody approved.
  expect(push.beyond).toHaveLength(1);
  expect(push.examples).not.toContain(push.beyond[0].witness.text.replace(/ \(.*/, ""));
  const docker = found.rules.filter(({ id }: { id: string }) => id.includes("docker"));
  expect(docker.map(({ rule }: { rule: { command: string[] } }) => rule.command)).toEqual([
    ["docker push test:1", "docker push a?b"],
    ["docker push test:1", "docker push a?b"],
  ]);

  const page = suggest("--out", "learnt");
  expect(page).not.toContain("\u202E");
  expect(page).toContain("command: git push origin [!-]*");
  const next = /^Next: mirror (.*)$/m.exec(page)?.[1] ?? "";
  expect(next).toBe(
    "policy propose suggested-coder --from-file learnt/policies/suggested-coder.yaml --from-file learnt/agents/coder.yaml --as agents/coder.yaml",
  );
  const again = repository.mirror("policy", "suggest", "--agent", "coder", "--out", "learnt");
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("is there already")]);
  repository.ok(...next.split(" "));
  expect((await repository.bash("git push origin main")).decision).toBe("ask");
  repository.ok("policy", "approve", "suggested-coder");
  repository.ok("policy", "merge", "suggested-coder");

  const now: [string, string][] = [
    ["git push origin main", "allow"],
    ["git push origin feature", "allow"],
    ["git push --force origin main", "deny"],
    ["git push upstream main", "ask"],
    ["docker push test:1", "allow"],
    ["docker push prod:1", "ask"],
    ["docker push prod:3", "ask"],
    ["git reset --hard", "ask"],
  ];
  for (const [command, decision] of now)
    expect([command, (await repository.bash(command)).decision]).toEqual([command, decision]);
  expect(JSON.parse(suggest("--json"))).toMatchObject({ allowed: 4, policy: null, rules: [], files: [] });
  expect(existsSync(join(repository.directory, "suggested-coder"))).toBe(false);
}, 60_000);
