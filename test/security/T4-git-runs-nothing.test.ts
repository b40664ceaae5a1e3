import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { addExclude } from "../../src/git/exclude.ts";
import { gitOutput } from "../../src/git/launch.ts";
import { readMirrorTree, withMirrorFiles } from "../../src/git/mirror-tree.ts";
import { listAncestors, listNewCommits } from "../../src/git/reach.ts";
import { listRefs, readRef } from "../../src/git/refs.ts";
import { updateRefs } from "../../src/git/update-refs.ts";
import { followMirrorFiles } from "../../src/git/work-tree.ts";
import { listWorkTrees } from "../../src/git/work-trees.ts";
import { writeObjects } from "../../src/git/write-objects.ts";
import { moveRef } from "../fixtures/git-reading.ts";
import { git, readerOf, repositoryAt, writerOf } from "../fixtures/git-room.ts";
import {
  type ScratchRepository,
  scratchDirectory,
  scratchRepository,
} from "../fixtures/scratch-repository.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// The attack: a repository's configuration and hooks, and the environment of an agent's tool, can make git start
// programs. A trap is a script that leaves a file with its name; whoever springs one has lost.

interface Traps {
  /** Makes a script; gives its path. */
  set(name: string): string;
  /** Names of the traps that were sprung since the last time. */
  sprung(): string[];
}

function traps(): Traps {
  const directory = scratchDirectory();
  const marks = join(directory, "marks");
  mkdirSync(marks);
  const set = (name: string): string => {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\n: > '${marks}/${name}'\nexit 0\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const sprung = (): string[] => {
    const names = readdirSync(marks).sort();
    for (const name of names) rmSync(join(marks, name));
    return names;
  };
  return { set, sprung };
}

const hookNames = [
  "reference-transaction",
  "post-index-change",
  "post-checkout",
  "pre-auto-gc",
  "pre-commit",
  "update",
];

const files = new Map([
  ["mirror.yaml", Buffer.from("version: 1\n")],
  ["policies/base.yaml", Buffer.from("id: base\n")],
]);

/** Does everything that the git room can do in a repository. */
async function everything(repository: ScratchRepository): Promise<void> {
  const repo = await repositoryAt(repository.directory);
  const reader = readerOf(repo);
  const head = readRef(repo, "HEAD") ?? "";
  for await (const reached of listNewCommits(reader, [head], () => false)) expect(reached.missing).toBeNull();
  await listAncestors(repo, head);
  await listWorkTrees(repo);
  listRefs(repo, "refs/heads/");
  const root = repository.git("rev-parse", "HEAD^{tree}");
  const written = await withMirrorFiles(reader, root, files);
  await writeObjects(repo, written.objects);
  await readMirrorTree(reader, written.tree);
  await updateRefs(repo, [{ ref: "refs/heads/topic", to: head, from: readRef(repo, "refs/heads/topic") }]);
  const ledger = "refs/mirror/ledger/gate";
  await writerOf(repo).move(ledger, head, readRef(repo, ledger));
  await followMirrorFiles(repo, { path: repo.workTree, gitDir: repo.gitDir }, null, files);
  addExclude(repo.commonDir, "/x");
}

const saved = { ...process.env };
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
  Object.assign(process.env, saved);
});

test("no hook runs, be it in .git/hooks or where core.hooksPath says", async () => {
  for (const where of ["hooks", "path"]) {
    const repository = scratchRepository();
    const { set, sprung } = traps();
    const directory = where === "hooks" ? join(repository.directory, ".git/hooks") : scratchDirectory();
    for (const name of hookNames) {
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, name), `#!/bin/sh\nexec '${set(name)}'\n`, { mode: 0o755 });
    }
    if (where === "path") repository.git("config", "core.hooksPath", directory);
    repository.git("update-ref", "refs/heads/plain", "HEAD");
    repository.git("update-index", "--force-write-index");
    expect(sprung()).toEqual(["post-index-change", "reference-transaction"]);
    await everything(repository);
    expect(sprung()).toEqual([]);
  }
});

test("no program from the repository's configuration or attributes runs", async () => {
  const repository = scratchRepository();
  const { set, sprung } = traps();
  repository.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
  const configuration: Readonly<Record<string, string>> = {
    "core.fsmonitor": set("fsmonitor"),
    "core.pager": set("pager"),
    "core.editor": set("editor"),
    "core.sshCommand": set("ssh"),
    "core.askPass": set("askpass"),
    "core.gitProxy": set("proxy"),
    "core.alternateRefsCommand": set("alternate-refs"),
    "credential.helper": set("credential"),
    "gpg.program": set("gpg"),
    "gpg.ssh.program": set("gpg-ssh"),
    "commit.gpgSign": "true",
    "diff.external": set("diff"),
    "diff.evil.textconv": set("textconv"),
    "diff.evil.command": set("diff-command"),
    "filter.evil.clean": set("clean"),
    "filter.evil.smudge": set("smudge"),
    "interactive.diffFilter": set("diff-filter"),
    "uploadpack.packObjectsHook": set("pack-objects"),
  };
  for (const command of [
    "cat-file",
    "update-ref",
    "rev-parse",
    "ls-files",
    "update-index",
    "rev-list",
    "config",
  ]) {
    repository.git("config", `alias.${command}`, `!${set(`alias-${command}`)}`);
    repository.git("config", `pager.${command}`, set(`pager-${command}`));
  }
  for (const [key, value] of Object.entries(configuration)) repository.git("config", key, value);
  // Plain git: `status` asks the monitor, and runs the filter to compare a file that looks changed.
  repository.write("README.md", "scratch?");
  repository.git("status");
  expect(sprung()).toEqual(["clean", "fsmonitor"]);
  repository.git("config", "filter.evil.process", set("filter-process"));
  await everything(repository);
  expect(sprung()).toEqual([]);
});

test("a partial clone fetches nothing: an object that is not there is missing", async () => {
  const origin = scratchRepository({ commits: [{ files: { "a.txt": "a\n" } }] });
  origin.git("config", "uploadpack.allowFilter", "true");
  origin.git("config", "uploadpack.allowAnySHA1InWant", "true");
  const id = origin.git("rev-parse", "HEAD:a.txt");
  const { set, sprung } = traps();
  const evil = set("remote");
  const remotes = {
    plain: ["remote.origin.uploadpack", evil],
    ext: ["remote.origin.url", `ext::${evil}`],
    vcs: ["remote.origin.vcs", "evil"],
    ssh: ["remote.origin.url", "ssh://example.org/x"],
  } as const;
  for (const [key, value] of Object.values(remotes)) {
    const clone = join(scratchDirectory(), "clone");
    origin.git("clone", "-q", "--no-checkout", "--filter=blob:none", `file://${origin.directory}`, clone);
    origin.git("-C", clone, "config", key, value);
    origin.git("-C", clone, "config", "core.sshCommand", evil);
    origin.git("-C", clone, "config", "protocol.allow", "always");
    origin.git("-C", clone, "config", "protocol.ext.allow", "always");
    const repo = await repositoryAt(clone);
    const reader = readerOf(repo);
    const head = origin.git("rev-parse", "HEAD");
    const [missing, commit] = await Promise.allSettled([reader.read(id), reader.read(head)]);
    expect(missing).toMatchObject({ status: "rejected", reason: { code: "missing-object", data: { id } } });
    expect(commit.status).toBe("fulfilled");
    expect(sprung()).toEqual([]);
    if (key !== "remote.origin.uploadpack") continue;
    expect(() => origin.git("-C", clone, "cat-file", "-p", id)).toThrow();
    expect(sprung()).toEqual(["remote"]);
  }
});

test("nothing in the environment of the process reaches git", async () => {
  const repository = scratchRepository();
  const other = scratchRepository({ commits: [{ message: "other" }] });
  const { set, sprung } = traps();
  const trace = join(scratchDirectory(), "trace");
  Object.assign(process.env, {
    GIT_DIR: join(other.directory, ".git"),
    GIT_WORK_TREE: other.directory,
    GIT_INDEX_FILE: join(other.directory, "index"),
    GIT_OBJECT_DIRECTORY: join(other.directory, ".git/objects"),
    GIT_NAMESPACE: "evil",
    GIT_EXEC_PATH: scratchDirectory(),
    GIT_TRACE: trace,
    GIT_EXTERNAL_DIFF: set("diff"),
    GIT_SSH_COMMAND: set("ssh"),
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: "core.fsmonitor",
    GIT_CONFIG_VALUE_0: set("fsmonitor"),
    GIT_CONFIG_KEY_1: "core.hooksPath",
    GIT_CONFIG_VALUE_1: scratchDirectory(),
    HOME: other.home,
    PATH: "",
  });
  writeFileSync(join(other.home, ".gitconfig"), `[core]\n\tfsmonitor = ${set("home-fsmonitor")}\n`);
  const repo = await repositoryAt(repository.directory);
  expect(repo.workTree).toBe(repository.directory);
  const reader = readerOf(repo);
  expect((await reader.read(readRef(repo, "HEAD") ?? "")).type).toBe("commit");
  await followMirrorFiles(repo, { path: repo.workTree, gitDir: repo.gitDir }, files, files);
  await gitOutput(git, ["ls-files", "-s"], { cwd: repository.directory });
  expect(sprung()).toEqual([]);
  expect(existsSync(trace)).toBe(false);
});

test("T4: a planted hook runs where git is not told to look elsewhere for hooks", async () => {
  const repository = scratchRepository();
  const { set, sprung } = traps();
  symlinkSync(set("reference-transaction"), join(repository.directory, ".git/hooks/reference-transaction"));
  const head = repository.git("rev-parse", "HEAD");
  sprung();
  await moveRef(repository.directory, "refs/mirror/ledger/a", head);
  expect(sprung()).toEqual([]);
  const without = await moduleWithout<{ readonly moveRef: typeof moveRef }>("test/fixtures/git-reading.ts", {
    file: "src/git/launch.ts",
    text: '"core.hooksPath=/dev/null",',
    by: '"core.x=y",',
  });
  mkdirSync(join(repository.directory, ".git/hooks"), { recursive: true });
  repository.git("config", "core.hooksPath", join(repository.directory, ".git/hooks"));
  await without.moveRef(repository.directory, "refs/mirror/ledger/b", head);
  expect(sprung()).toEqual(["reference-transaction"]);
});
