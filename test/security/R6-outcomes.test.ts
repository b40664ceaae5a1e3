import { expect, test } from "vitest";
import { boundRepository, type Governed, governedRepository } from "../fixtures/governed-repository.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";

// TRUST R6: outcomes are the client's claims. The first for a decision counts; a second is a gap.

async function attack(repository: Governed): Promise<string[]> {
  await repository.bash("git status");
  const outcome = (status: string) => ({
    session_id: repository.session,
    cwd: repository.directory,
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_input: { command: "git status" },
    tool_response: { stdout: status },
    tool_use_id: "call_1",
  });
  for (const claim of ["done", "forged"]) {
    const ran = await repository.hook("PostToolUse", outcome(claim));
    expect([ran.code, ran.stdout]).toEqual([0, "{}\n"]);
  }
  repository.ok("status");
  const log = repository.git("log", "--reverse", "--format=%s", repository.ledger()).split("\n");
  return log
    .filter((subject) => /^(gap|outcome|done|failed)/.test(subject))
    .map((subject) => subject.split("  ")[0] ?? "");
}

test("R6: a second outcome is a gap, and counts where the rule is gone", async () => {
  const real = await attack(boundRepository());
  expect(real).toHaveLength(2);
  expect(real.at(-1)).toBe("gap");
  const binary = await mirrorWithout({
    file: "src/gate/open-calls.ts",
    text: 'if (call.settled) return "second";',
    by: "",
  });
  const repository = governedRepository({ binary });
  repository.ok("init", "--no-passphrase");
  repository.ok("agent", "add", "coder", "--client", "claude-code");
  const without = await attack(repository);
  expect(without).toHaveLength(2);
  expect(without).not.toContain("gap");
});
