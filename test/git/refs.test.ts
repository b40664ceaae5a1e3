import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isRefName } from "../../src/git/ref-name.ts";
import { listRefs, readHead, readRef } from "../../src/git/refs.ts";
import { updateRefs } from "../../src/git/update-refs.ts";
import { repositoryAt, residentGits, writerOf } from "../fixtures/git-room.ts";
import { scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";

const two = { commits: [{ message: "one" }, { message: "two" }] };

test("HEAD: a branch, an unborn one, detached, and a linked work tree's own", async () => {
  const repository = scratchRepository(two);
  const linked = join(scratchDirectory(), "linked");
  repository.git("worktree", "add", "-q", "-b", "other", linked, "HEAD~1");
  const main = await repositoryAt(repository.directory);
  const other = await repositoryAt(linked);
  expect(readHead(main.gitDir)).toEqual({ branch: "refs/heads/main" });
  expect(readHead(other.gitDir)).toEqual({ branch: "refs/heads/other" });
  expect(readRef(main, "HEAD")).toBe(repository.git("rev-parse", "main"));
  expect(readRef(other, "HEAD")).toBe(repository.git("rev-parse", "main~1"));
  repository.git("checkout", "-q", "--detach");
  expect(readHead(main.gitDir)).toEqual({ branch: null });
  const unborn = await repositoryAt(scratchRepository({ commits: [] }).directory);
  expect(readHead(unborn.gitDir)).toEqual({ branch: "refs/heads/main" });
  expect(readRef(unborn, "HEAD")).toBeNull();
});

test("reads loose, packed, packed-then-moved and symbolic refs as git does", async () => {
  const repository = scratchRepository(two);
  const repo = await repositoryAt(repository.directory);
  const [one = "", second = ""] = repository.git("rev-parse", "main~1", "main").split("\n");
  repository.git("update-ref", "refs/mirror/ledger/gate", one);
  repository.git("tag", "-a", "-m", "tag", "v1");
  repository.git("pack-refs", "--all");
  expect(readRef(repo, "refs/mirror/ledger/gate")).toBe(one);
  expect(readRef(repo, "refs/tags/v1")).toBe(repository.git("rev-parse", "v1"));
  repository.git("update-ref", "refs/mirror/ledger/gate", second);
  expect(readRef(repo, "refs/mirror/ledger/gate")).toBe(second);
  repository.git("pack-refs", "--all");
  expect(readRef(repo, "refs/mirror/ledger/gate")).toBe(second);
  repository.git("update-ref", "-d", "refs/mirror/ledger/gate");
  expect(readRef(repo, "refs/mirror/ledger/gate")).toBeNull();
  repository.git("symbolic-ref", "refs/heads/alias", "refs/heads/main");
  expect(readRef(repo, "refs/heads/alias")).toBe(second);
  expect(readRef(repo, "refs/heads")).toBeNull();
  expect(readRef(repo, "refs/heads/main/below")).toBeNull();
});

test("broken refs, circles and names outside refs are bad-ref", async () => {
  const repository = scratchRepository();
  const repo = await repositoryAt(repository.directory);
  writeFileSync(join(repo.commonDir, "refs/heads/broken"), "");
  writeFileSync(join(repo.commonDir, "refs/heads/circle"), "ref: refs/heads/circle\n");
  writeFileSync(join(repo.commonDir, "refs/heads/escape"), "ref: refs/../config\n");
  for (const name of ["broken", "circle", "escape", "../config", "a..b", "x.lock", "a b", ""]) {
    expect(() => readRef(repo, `refs/heads/${name}`)).toThrow(expect.objectContaining({ code: "bad-ref" }));
  }
  for (const name of ["config", "objects/x", "/etc/passwd", "../HEAD"]) {
    expect(() => readRef(repo, name)).toThrow(expect.objectContaining({ code: "bad-ref" }));
  }
  expect(listRefs(repo, "refs/heads/").map(({ ref }) => ref)).toEqual(["refs/heads/main"]);
});

test("names are judged as git check-ref-format judges them", () => {
  const repository = scratchRepository();
  const names = [
    "main",
    "a/b",
    "a//b",
    ".a",
    "a/.b",
    "a.",
    "a.lock",
    "a.lock/b",
    "a..b",
    "a@{b",
    "@",
    "a~",
    "a^",
    "a:",
  ];
  names.push("a?", "a*", "a[", "a\\b", "a b", "a\u007f", "é", "-a", "a/", "a.b", "{a}", "a\tb");
  for (const name of names) {
    const ref = `refs/heads/${name}`;
    const accepted = (() => {
      try {
        repository.git("check-ref-format", ref);
        return true;
      } catch {
        return false;
      }
    })();
    expect([ref, isRefName(ref)]).toEqual([ref, accepted]);
  }
});

test("lists refs below a prefix, loose and packed, by name", async () => {
  const repository = scratchRepository();
  const repo = await repositoryAt(repository.directory);
  const head = repository.git("rev-parse", "HEAD");
  for (const name of ["b", "a", "deep/er"])
    repository.git("update-ref", `refs/mirror/approvals/x/${name}`, head);
  repository.git("pack-refs", "--all");
  repository.git("update-ref", "refs/mirror/approvals/y/c", head);
  repository.git("update-ref", "refs/mirror/approvalsnot", head);
  const expected = repository
    .git("for-each-ref", "--format=%(refname)", "refs/mirror/approvals/")
    .split("\n");
  expect(listRefs(repo, "refs/mirror/approvals/")).toEqual(expected.map((ref) => ({ ref, id: head })));
  expect(listRefs(repo, "refs/mirror/approvals/x/")).toHaveLength(3);
  expect(listRefs(repo, "refs/none/")).toEqual([]);
});

test("moves refs all or none, with a reflog entry, by compare-and-swap", async () => {
  const repository = scratchRepository(two);
  const repo = await repositoryAt(repository.directory);
  const [one = "", second = ""] = repository.git("rev-parse", "main~1", "main").split("\n");
  await updateRefs(repo, [
    { ref: "refs/heads/new", to: one, from: null, message: "mirror: made" },
    { ref: "refs/heads/main", to: one, from: second, message: "ignored\nsecond" },
  ]);
  expect(readRef(repo, "refs/heads/new")).toBe(one);
  expect(readRef(repo, "HEAD")).toBe(one);
  expect(repository.git("reflog", "-1", "--format=%gs", "HEAD")).toBe("mirror: made");
  const move = updateRefs(repo, [
    { ref: "refs/heads/new", to: second, from: one },
    { ref: "refs/heads/main", to: one, from: second },
  ]);
  await expect(move).rejects.toMatchObject({
    code: "ref-moved",
    data: { ref: "refs/heads/main", found: one, expected: second },
  });
  expect(readRef(repo, "refs/heads/new")).toBe(one);
  await expect(updateRefs(repo, [{ ref: "refs/heads/new", to: one, from: null }])).rejects.toMatchObject({
    code: "ref-moved",
  });
  await expect(updateRefs(repo, [{ ref: "refs/heads/x y", to: one, from: null }])).rejects.toMatchObject({
    code: "bad-ref",
  });
  const missing = updateRefs(repo, [{ ref: "refs/heads/none", to: "f".repeat(40), from: null }]);
  await expect(missing).rejects.toMatchObject({ code: "git-failed" });
});

test("a move in a linked work tree goes to its own HEAD's reflog", async () => {
  const repository = scratchRepository(two);
  const linked = join(scratchDirectory(), "linked");
  repository.git("worktree", "add", "-q", "--detach", linked);
  const repo = await repositoryAt(linked);
  const [one = "", second = ""] = repository.git("rev-parse", "main~1", "main").split("\n");
  await updateRefs(repo, [{ ref: "HEAD", to: one, from: second, message: "mirror: here" }]);
  expect(repository.gitWith({ cwd: linked }, "reflog", "-1", "--format=%H %gs")).toBe(`${one} mirror: here`);
  expect(repository.git("rev-parse", "HEAD")).toBe(second);
});

test("eight writers race for one ref: every move that was told done is there, none is lost", async () => {
  const repository = scratchRepository();
  const repo = await repositoryAt(repository.directory);
  const ref = "refs/mirror/ledger/gate";
  const tree = repository.git("rev-parse", "HEAD^{tree}");
  const start = repository.git("rev-parse", "HEAD");
  await updateRefs(repo, [{ ref, to: start, from: null }]);
  const perWriter = 6;
  const race = async (who: number): Promise<number> => {
    const writer = writerOf(repo);
    let moved = 0;
    for (let lost = 0; moved < perWriter && lost < 2_000; ) {
      const from = readRef(repo, ref) ?? "";
      const to = repository.git("commit-tree", tree, "-p", from, "-m", `${who}.${moved}`);
      const done = await writer.move(ref, to, from).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: "ref-moved" });
          return false;
        },
      );
      if (done) moved += 1;
      else lost += 1;
    }
    return moved;
  };
  const moves = await Promise.all(Array.from({ length: 8 }, (_, who) => race(who)));
  expect(moves).toEqual(Array.from({ length: 8 }, () => perWriter));
  const subjects = repository.git("log", "--format=%s", `${start}..${ref}`).split("\n");
  expect(new Set(subjects).size).toBe(8 * perWriter);
});

test("one writer's moves queue up, through a pack-refs, a refusal and a killed git", async () => {
  const repository = scratchRepository(two);
  const repo = await repositoryAt(repository.directory);
  const [one = "", second = ""] = repository.git("rev-parse", "main~1", "main").split("\n");
  const ref = "refs/mirror/ledger/gate";
  const writer = writerOf(repo);
  await Promise.all([
    writer.move(ref, one, null),
    writer.move(ref, second, one),
    writer.move(ref, one, second),
  ]);
  repository.git("pack-refs", "--all");
  await writer.move(ref, second, one);
  await expect(writer.move(ref, second, one)).rejects.toMatchObject({ code: "ref-moved" });
  await writer.move(ref, one, second);
  expect(readRef(repo, ref)).toBe(one);
  if (process.platform === "linux") {
    for (const pid of residentGits(repo.commonDir, "update-ref")) process.kill(pid, "SIGKILL");
    await writer.move(ref, second, one);
    await writer.move(ref, one, second);
  }
  writer.close();
  await expect(writer.move(ref, second, one)).rejects.toMatchObject({ code: "git-failed" });
});

test("a lock that somebody left is waited for a while, then named", async () => {
  const repository = scratchRepository(two);
  const repo = await repositoryAt(repository.directory);
  const [one = "", second = ""] = repository.git("rev-parse", "main~1", "main").split("\n");
  const lock = join(repo.commonDir, "refs/heads/main.lock");
  writeFileSync(lock, "");
  // A repository that asks for no end of waiting is not obeyed.
  repository.git("config", "core.filesRefLockTimeout", "-1");
  const byOne = updateRefs(repo, [{ ref: "refs/heads/main", to: one, from: second }]);
  const byWriter = writerOf(repo).move("refs/heads/main", one, second);
  const locked = { code: "git-locked", data: { lock }, hint: expect.stringContaining(lock) };
  await expect(byOne).rejects.toMatchObject(locked);
  await expect(byWriter).rejects.toMatchObject(locked);
  expect(readRef(repo, "refs/heads/main")).toBe(second);
});

test("a symbolic ref planted among mirror's own leads no move to a branch", async () => {
  const repository = scratchRepository(two);
  const repo = await repositoryAt(repository.directory);
  const [one = "", second = ""] = repository.git("rev-parse", "main~1", "main").split("\n");
  const ref = "refs/mirror/ledger/gate";
  for (const move of [
    () => updateRefs(repo, [{ ref, to: one, from: second }]),
    () => writerOf(repo).move(ref, one, second),
  ]) {
    repository.git("symbolic-ref", ref, "refs/heads/main");
    await move();
    expect(readRef(repo, "refs/heads/main")).toBe(second);
    expect(readRef(repo, ref)).toBe(one);
    repository.git("update-ref", "--no-deref", "-d", ref);
  }
});
