import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { limits } from "../../src/base/limits.ts";
import { BatchStream } from "../../src/git/batch-stream.ts";
import { readMany } from "../../src/git/objects.ts";
import { readerOf, repositoryAt, residentGits } from "../fixtures/git-room.ts";
import { scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";

test("reads every type of object, by its bytes, also from linked work trees", async () => {
  const repository = scratchRepository({ commits: [{ files: { "a.txt": "hello\n", empty: "" } }] });
  repository.git("tag", "-a", "-m", "a tag", "v1");
  const linked = join(scratchDirectory(), "linked");
  repository.git("worktree", "add", "-q", linked);
  const names = ["HEAD", "HEAD^{tree}", "HEAD:a.txt", "HEAD:empty", "v1"];
  const ids = repository.git("rev-parse", ...names).split("\n");
  for (const directory of [repository.directory, linked]) {
    const objects = await readMany(readerOf(await repositoryAt(directory)), ids);
    expect(objects.map((object) => object.type)).toEqual(["commit", "tree", "blob", "blob", "tag"]);
    expect(Buffer.from(objects[2]?.data ?? []).toString()).toBe("hello\n");
    expect(objects.map((object) => gitObjectId(object.type, object.data))).toEqual(ids);
  }
});

test("a missing object is missing-object; in a shallow clone, shallow", async () => {
  const origin = scratchRepository({ commits: [{}, { message: "second" }] });
  const first = origin.git("rev-parse", "HEAD~1");
  const clone = join(scratchDirectory(), "clone");
  origin.git("clone", "-q", "--depth", "1", `file://${origin.directory}`, clone);
  const shallow = readerOf(await repositoryAt(clone));
  await expect(shallow.read(first)).rejects.toMatchObject({ code: "shallow", hint: expect.any(String) });
  const reader = readerOf(await repositoryAt(origin.directory));
  for (const id of ["0".repeat(40), "f".repeat(40), "HEAD", "main^{commit}\nHEAD", ""]) {
    await expect(reader.read(id)).rejects.toMatchObject({ code: "missing-object" });
  }
  expect((await reader.read(first)).type).toBe("commit");
});

test("a git before 2.36, which cannot be told to write out what is left, is asked object by object", async () => {
  const repository = scratchRepository({ commits: [{ files: { a: "one\n", b: "two\n" } }] });
  const old = join(scratchDirectory(), "git");
  const refusal = "error: unknown option `batch-command'";
  writeFileSync(
    old,
    `#!/bin/sh\ncase " $* " in *" --batch-command "*) echo "${refusal.replace("`", "\\`")}" >&2; exit 129;; esac\nexec git "$@"\n`,
    { mode: 0o755 },
  );
  const reader = readerOf({ ...(await repositoryAt(repository.directory)), git: { path: old } });
  const ids = repository.git("rev-parse", "HEAD", "HEAD:a", "HEAD:b").split("\n");
  const objects = await readMany(reader, ids);
  expect(objects.map(({ type }) => type)).toEqual(["commit", "blob", "blob"]);
});

test("an object over the limit is too-large, and the reads around it are answered", async () => {
  const repository = scratchRepository();
  const big = repository.gitWith(
    { input: Buffer.alloc(limits.gitObject + 1) },
    "-c",
    "core.compression=1",
    "hash-object",
    "-w",
    "--stdin",
  );
  const head = repository.git("rev-parse", "HEAD");
  const tree = repository.git("rev-parse", "HEAD^{tree}");
  const reader = readerOf(await repositoryAt(repository.directory));
  const [a, b, c] = await Promise.allSettled([reader.read(head), reader.read(big), reader.read(tree)]);
  expect([a.status, c.status]).toEqual(["fulfilled", "fulfilled"]);
  expect(b).toMatchObject({ status: "rejected", reason: { code: "too-large", data: { id: big } } });
});

test.skipIf(process.platform !== "linux")("a killed git is started again, and no read is lost", async () => {
  const repository = scratchRepository();
  const ids = manyCommits(repository, 3_000);
  const repo = await repositoryAt(repository.directory);
  const reader = readerOf(repo);
  await reader.read(ids[0] ?? "");
  const [first] = residentGits(repo.commonDir, "cat-file");
  expect(first).toBeDefined();
  const all = readMany(reader, ids);
  if (first !== undefined) process.kill(first, "SIGKILL");
  const objects = await all;
  expect(objects.map((object) => gitObjectId(object.type, object.data))).toEqual(ids);
  expect(residentGits(repo.commonDir, "cat-file")).not.toContain(first);
});

test("a repository that is gone fails every read, soon", async () => {
  const repository = scratchRepository();
  const ids = manyCommits(repository, 50);
  const repo = await repositoryAt(repository.directory);
  execFileSync("mv", [repo.commonDir, `${repo.commonDir}-gone`]);
  const results = await Promise.allSettled(ids.map((id) => readerOf(repo).read(id)));
  expect(results.every((result) => result.status === "rejected")).toBe(true);
});

test("after close, reads reject", async () => {
  const repository = scratchRepository();
  const reader = readerOf(await repositoryAt(repository.directory));
  const head = repository.git("rev-parse", "HEAD");
  const underWay = reader.read(head);
  reader.close();
  await expect(underWay).rejects.toMatchObject({ code: "git-failed" });
  await expect(reader.read(head)).rejects.toMatchObject({ code: "git-failed" });
});

test("a reader that nobody closes does not keep a process alive", () => {
  const repository = scratchRepository();
  const room = join(import.meta.dirname, "../../src/git");
  const script = `
    import { findGit } from ${JSON.stringify(join(room, "find-git.ts"))};
    import { openRepository } from ${JSON.stringify(join(room, "repository.ts"))};
    import { openObjectReader } from ${JSON.stringify(join(room, "objects.ts"))};
    const repo = await openRepository(findGit(process.env.PATH), ${JSON.stringify(repository.directory)});
    console.log((await openObjectReader(repo).read(${JSON.stringify(repository.git("rev-parse", "HEAD"))})).type);
  `;
  const bundle = join(scratchDirectory(), "script.mjs");
  execFileSync(
    join(import.meta.dirname, "../../node_modules/.bin/esbuild"),
    ["--bundle", "--platform=node", "--format=esm", `--outfile=${bundle}`],
    { input: script, stdio: ["pipe", "pipe", "pipe"] },
  );
  expect(execFileSync(process.execPath, [bundle], { encoding: "utf8", timeout: 30_000 })).toBe("commit\n");
});

test("law: the stream reads the same in whatever pieces it comes", () => {
  const objects = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(objects, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (datas, sizes) => {
      const parts = datas.flatMap((data, index) => {
        const id = gitObjectId("blob", data);
        if (index % 3 === 2) return [Buffer.from(`${id} missing\n`)];
        return [Buffer.from(`${id} blob ${data.length}\n`), Buffer.from(data), Buffer.from("\n")];
      });
      const bytes = Buffer.concat(parts);
      const stream = new BatchStream(1_000);
      const replies = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        replies.push(...stream.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(replies).toEqual(new BatchStream(1_000).push(bytes));
      expect(replies.map((reply) => reply.id)).toEqual(datas.map((data) => gitObjectId("blob", data)));
    }),
  );
});

test("what is no answer of git's is refused", () => {
  for (const text of [
    "hello\n",
    "x".repeat(300),
    `${"a".repeat(40)} blob 1\nab`,
    `${"a".repeat(40)} blob -1\n`,
  ]) {
    expect(() => new BatchStream(1_000).push(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: "git-failed" }),
    );
  }
});

function manyCommits(repository: ReturnType<typeof scratchRepository>, count: number): string[] {
  const lines: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const message = `commit number ${number}`;
    lines.push(
      "commit refs/heads/many",
      `mark :${number}`,
      `committer A <a@b> ${1_700_000_000 + number} +0000`,
    );
    lines.push(`data ${message.length}`, message, "");
  }
  repository.gitWith({ input: lines.join("\n") }, "fast-import", "--quiet");
  return repository.git("rev-list", "many").split("\n");
}
