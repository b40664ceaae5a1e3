// A look at the policy costs no git process while HEAD stands: a git that is found on PATH writes down what it is asked.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git } from "../fixtures/git-room.ts";
import { governedRepository } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

test("calls after the first start no git but the ledger's own, until HEAD moves", async () => {
  const directory = scratchDirectory();
  const log = join(directory, "log");
  const script = `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\nexec '${git.path}' "$@"\n`;
  writeFileSync(join(directory, "git"), script, { mode: 0o755 });
  writeFileSync(log, "");
  const repository = governedRepository({ path: `${directory}:${process.env["PATH"]}` });
  repository.ok("init", "--no-passphrase");
  repository.ok("agent", "add", "coder", "--client", "claude-code");
  /** Commands that git was started for, each once a start. */
  const started = (): string[] => {
    const lines = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("--no-replace-objects"));
    writeFileSync(log, "");
    return lines.map((line) => / --git-dir \S+ (?:-c \S+ )*(\S+)/.exec(line)?.[1] ?? line);
  };
  expect(started()).toContain("rev-list");
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect(started()).toContain("cat-file");
  for (let call = 0; call < 20; call += 1) await repository.bash(`git show HEAD~${call}`);
  const folding = ["index-pack", "pack-objects", "update-ref"];
  expect(started().filter((command) => !folding.includes(command))).toEqual([]);
  // A commit more is read by the git that is there already.
  repository.commit();
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect(started().filter((command) => !folding.includes(command))).toEqual([]);
});
