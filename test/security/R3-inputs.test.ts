import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";

// What is kept of a tool's input stands in a ref of its own: redacted, unsigned, in nobody's way, and encrypted or not
// there at all where the binding says so. No copy without this rule is tried: what is not redacted would stand there word for
// word, and `test/vectors/secrets.json` tells what redaction finds.

const password = "correct-horse-battery-staple-9";

/** Changes what the binding says, as an owner does. */
function record(repository: Governed, mode: string): void {
  const path = join(repository.directory, ".mirror/agents/coder.yaml");
  const branch = `mirror/policy/record-${mode}`;
  repository.git("switch", "-q", "-c", branch);
  writeFileSync(path, `${readFileSync(path, "utf8").replace(/^record: .*\n/m, "")}record: ${mode}\n`);
  repository.git("commit", "-q", "-am", `record: ${mode}`);
  repository.git("switch", "-q", "main");
  repository.ok("policy", "merge", branch);
}

const inputs = (repository: Governed): string =>
  repository.git("for-each-ref", "--format=%(refname)", "refs/mirror/inputs/");

test("R3: inputs are kept as the binding says, and never with a secret", async () => {
  const repository = boundRepository();
  const show = (seq: number, ...options: string[]): { input: unknown } =>
    JSON.parse(repository.ok("show", String(seq), "--json", ...options));
  const newest = (): number => JSON.parse(repository.ok("log", "--limit", "1", "--json")).seq;

  await repository.bash(`mysql -u root -p${password} shop`);
  const plain = newest();
  await repository.call("Write", { file_path: join(repository.directory, "x"), content: `pw ${password}` });
  await repository.call("mcp__db__query", { password, sql: "select 1" });
  expect(show(plain).input).toEqual({
    command: "mysql -u root -p‹redacted:option› shop",
    description: "test",
  });
  expect(show(plain + 1).input).toMatchObject({ content: "‹redacted:contents›" });
  expect(show(plain + 2).input).toEqual({ password: "‹redacted:assignment›", sql: "select 1" });
  const proof = repository.mirrorWith({ input: password }, "show", String(plain + 2), "--prove");
  expect(proof.stdout).toContain("input: assignment");
  // One commit for what waited at each look; none is signed, and nothing of the ledger leads there.
  const ref = inputs(repository);
  expect(repository.git("log", "-1", "--format=%G? %s", ref)).toBe(
    `N inputs of receipts ${plain} to ${plain + 2}`,
  );
  expect(repository.git("log", "--format=%H", repository.ledger())).not.toContain(
    repository.git("rev-parse", ref),
  );

  record(repository, "encrypted");
  await repository.bash("echo sealed");
  const sealed = newest();
  expect(show(sealed).input).toBe("encrypted");
  expect(show(sealed, "--decrypt").input).toEqual({ command: "echo sealed", description: "test" });
  expect(repository.ok("show", String(sealed))).toContain("--decrypt");

  record(repository, "none");
  await repository.bash("echo nothing");
  expect(show(newest()).input).toBeNull();

  // It may go at any time, with stock git, and begins anew; nothing else is missing then.
  repository.git("update-ref", "-d", ref);
  repository.git("gc", "-q", "--prune=now");
  record(repository, "redacted");
  await repository.bash("echo anew");
  repository.ok("daemon", "stop");
  const anew = newest();
  expect(show(anew).input).toMatchObject({ command: "echo anew" });
  expect(show(plain).input).toBeNull();
  const objects = repository
    .git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    .split("\n");
  const everything = execFileSync("git", ["cat-file", "--batch"], {
    cwd: repository.directory,
    input: objects.join("\n"),
    maxBuffer: 1 << 28,
  }).toString("latin1");
  expect(everything).toContain("echo anew");
  expect(everything).not.toContain("select 1");
  expect(everything).not.toContain('echo sealed","description');
  expect(everything).not.toContain(password);
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});
