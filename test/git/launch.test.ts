import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findGit, findRecentGit } from "../../src/git/find-git.ts";
import { gitOutput, personEnvironment, runGit } from "../../src/git/launch.ts";
import { git } from "../fixtures/git-room.ts";
import { scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";

function fakeGit(directory: string, version: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "git"), `#!/bin/sh\necho 'git version ${version}'\n`);
  chmodSync(join(directory, "git"), 0o755);
}

test("finds git along PATH, by an absolute path", () => {
  const directory = scratchDirectory();
  fakeGit(directory, "2.34.1 (Apple Git-1)");
  expect(findGit(`relative:/nowhere:${directory}`)).toEqual({
    path: join(directory, "git"),
  });
});

test("never takes a git from a relative directory or from a project's packages", () => {
  const directory = scratchDirectory();
  fakeGit(join(directory, "node_modules", ".bin"), "2.40.0");
  const path = `.:${join(directory, "node_modules", ".bin")}:${directory}`;
  expect(() => findGit(path)).toThrow(expect.objectContaining({ code: "git-failed" }));
});

test("refuses a git older than 2.34, and says what it found", () => {
  const directory = scratchDirectory();
  fakeGit(directory, "2.33.9");
  expect(() => findRecentGit(directory)).toThrow(/is git 2\.33, expected 2\.34 or newer/);
});

test("a git that does not run is git-failed, not skipped", () => {
  const directory = scratchDirectory();
  writeFileSync(join(directory, "git"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  expect(() => findRecentGit(directory)).toThrow(expect.objectContaining({ code: "git-failed" }));
});

test("a failing command says git's first line", async () => {
  await expect(
    gitOutput(git, ["-c", "a.b=c", "rev-parse", "HEAD"], { cwd: scratchDirectory() }),
  ).rejects.toMatchObject({
    code: "git-failed",
    message: expect.stringMatching(/^git rev-parse failed with 128: not a git repository/),
  });
});

test("a git that cannot be started is git-failed", async () => {
  const run = runGit({ path: "/nonexistent/git" }, ["version"], {});
  await expect(run).rejects.toMatchObject({ code: "git-failed" });
});

test("input that git does not read does no harm", async () => {
  const result = await runGit(git, ["version"], { input: Buffer.alloc(1 << 20) });
  expect(result.code).toBe(0);
});

test("the gate's git sees no home and no configuration; a person's sees theirs", async () => {
  const repository = scratchRepository();
  writeFileSync(join(repository.home, ".gitconfig"), "[user]\n\tname = Ada at home\n");
  const read = ["config", "--get", "user.name"];
  expect((await runGit(git, read, { cwd: repository.directory })).code).toBe(1);
  const environment = { HOME: repository.home };
  expect(await gitOutput(git, read, { cwd: repository.directory, environment })).toBe("Ada at home");
});

test("of a person's environment only T4's list is taken, and PATH without relative directories", () => {
  const environment = {
    HOME: "/home/ada",
    GNUPGHOME: "/home/ada/.gnupg",
    PATH: "/usr/bin:.:node_modules/.bin:/bin",
    GIT_DIR: "/elsewhere",
    GIT_CONFIG_COUNT: "1",
    LD_PRELOAD: "/tmp/x.so",
    NODE_OPTIONS: "--require x",
  };
  expect(personEnvironment(environment)).toEqual({
    HOME: "/home/ada",
    GNUPGHOME: "/home/ada/.gnupg",
    PATH: "/usr/bin:/bin",
  });
});
