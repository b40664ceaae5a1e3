import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { readMirrorTree } from "../../src/git/mirror-tree.ts";
import type { openObjectReader } from "../../src/git/objects.ts";
import { listNewCommits } from "../../src/git/reach.ts";
import { readerOf, repositoryAt } from "../fixtures/git-room.ts";
import { addLine, type ScratchRepository, scratchRepository } from "../fixtures/scratch-repository.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// The attack: objects are files that the agent's user may write. Other bytes are put under the name of an approved
// object, and git hands them out as if nothing had happened.

function repositoryWithPolicy(): ScratchRepository {
  return scratchRepository({ commits: [{ files: { ".mirror/policies/base.yaml": "verdict: deny\n" } }] });
}

/** Puts an object's bytes under another object's name. */
function overwrite(repository: ScratchRepository, id: string, type: string, data: Uint8Array): void {
  const path = join(repository.directory, ".git/objects", id.slice(0, 2), id.slice(2));
  mkdirSync(dirname(path), { recursive: true });
  chmodSync(path, 0o644);
  writeFileSync(path, deflateSync(Buffer.concat([Buffer.from(`${type} ${data.length}\0`), data])));
}

test("T1: where objects are not hashed again, mirror believes it, too", async () => {
  const { openObjectReader: trusting } = await moduleWithout<{
    readonly openObjectReader: typeof openObjectReader;
  }>("src/git/objects.ts", {
    file: "src/git/objects.ts",
    text: "if (found !== id) {",
    by: "if (found === null) {",
  });
  const repository = repositoryWithPolicy();
  const id = repository.git("rev-parse", "HEAD:.mirror/policies/base.yaml");
  overwrite(repository, id, "blob", Buffer.from("verdict: allow\n"));
  const reader = trusting(await repositoryAt(repository.directory));
  expect(Buffer.from((await reader.read(id)).data).toString()).toBe("verdict: allow\n");
  reader.close();
});

test("git itself believes an overwritten blob; mirror names it and what it hashes to", async () => {
  const repository = repositoryWithPolicy();
  const id = repository.git("rev-parse", "HEAD:.mirror/policies/base.yaml");
  const forged = Buffer.from("verdict: allow\n");
  overwrite(repository, id, "blob", forged);
  expect(repository.git("cat-file", "blob", id)).toBe("verdict: allow");
  const reader = readerOf(await repositoryAt(repository.directory));
  const found = gitObjectId("blob", forged);
  const error = { code: "corrupt-object", data: { id, found }, message: expect.stringContaining(found) };
  await expect(reader.read(id)).rejects.toMatchObject(error);
  const root = repository.git("rev-parse", "HEAD^{tree}");
  await expect(readMirrorTree(reader, root)).rejects.toMatchObject(error);
});

test("an overwritten tree and an overwritten commit are named, too", async () => {
  for (const name of ["HEAD:.mirror", "HEAD"]) {
    const repository = repositoryWithPolicy();
    const id = repository.git("rev-parse", name);
    const type = repository.git("cat-file", "-t", id);
    const forged = type === "tree" ? "" : `${repository.git("cat-file", type, id)}\nanother message\n`;
    overwrite(repository, id, type, Buffer.from(forged));
    const repo = await repositoryAt(repository.directory);
    await expect(readerOf(repo).read(id)).rejects.toMatchObject({ code: "corrupt-object" });
    if (type !== "commit") continue;
    const walk = listNewCommits(readerOf(repo), [id], () => false);
    await expect(walk.next()).rejects.toMatchObject({ code: "corrupt-object" });
  }
});

test("T1: a commit far back in a history that is read in bulk is hashed, too; not without the rule", async () => {
  const repository = scratchRepository();
  const ids = addLine(repository, 600);
  const id = ids[500] ?? "";
  overwrite(repository, id, "commit", Buffer.from(`${repository.git("cat-file", "commit", id)}, forged`));
  const repo = await repositoryAt(repository.directory);
  const walk = async (list: typeof listNewCommits): Promise<number> => {
    let count = 0;
    for await (const _ of list(readerOf(repo), ids.slice(0, 1), () => false, repo)) count += 1;
    return count;
  };
  await expect(walk(listNewCommits)).rejects.toMatchObject({ code: "corrupt-object", data: { id } });
  const trusting = await moduleWithout<{ readonly listNewCommits: typeof listNewCommits }>(
    "src/git/reach.ts",
    {
      file: "src/git/bulk-commits.ts",
      text: 'if (gitObjectId("commit", reply.data) !== reply.id) return;',
      by: "",
    },
  );
  expect(await walk(trusting.listNewCommits)).toBe(600);
});

test("the same bytes under another type are not the object", async () => {
  const repository = repositoryWithPolicy();
  const id = repository.git("rev-parse", "HEAD:.mirror/policies/base.yaml");
  overwrite(repository, id, "commit", Buffer.from("verdict: deny\n"));
  const reader = readerOf(await repositoryAt(repository.directory));
  await expect(reader.read(id)).rejects.toMatchObject({ code: "corrupt-object" });
});

test("garbage where an object was is corrupt, not missing, and the reads around it are answered", async () => {
  const repository = repositoryWithPolicy();
  const id = repository.git("rev-parse", "HEAD:.mirror/policies/base.yaml");
  const head = repository.git("rev-parse", "HEAD");
  const tree = repository.git("rev-parse", "HEAD^{tree}");
  const path = join(repository.directory, ".git/objects", id.slice(0, 2), id.slice(2));
  for (const garbage of [Buffer.from("garbage"), Buffer.alloc(0), readFileSync(path).subarray(0, -4)]) {
    chmodSync(path, 0o644);
    writeFileSync(path, garbage);
    const reader = readerOf(await repositoryAt(repository.directory));
    const [a, b, c] = await Promise.allSettled([reader.read(head), reader.read(id), reader.read(tree)]);
    expect([a.status, c.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(b).toMatchObject({ status: "rejected", reason: { code: "corrupt-object", data: { id } } });
  }
});

test("a damaged pack is named, whichever byte of it was changed", async () => {
  const repository = repositoryWithPolicy();
  repository.git("repack", "-a", "-d", "-q");
  const ids = repository.git("rev-list", "--objects", "--no-object-names", "HEAD").split("\n");
  const packs = join(repository.directory, ".git/objects/pack");
  const path = join(packs, readdirSync(packs).find((name) => name.endsWith(".pack")) ?? "");
  const whole = readFileSync(path);
  chmodSync(path, 0o644);
  for (let at = 12; at < whole.length - 20; at += 7) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    writeFileSync(path, damaged);
    const reader = readerOf(await repositoryAt(repository.directory));
    for (const result of await Promise.allSettled(ids.map((id) => reader.read(id)))) {
      if (result.status === "rejected")
        expect(result.reason).toMatchObject({ code: expect.stringMatching(/-object$/) });
    }
    for (const [index, id] of ids.entries()) {
      const object = await reader.read(id).catch(() => null);
      if (object !== null) expect([index, gitObjectId(object.type, object.data)]).toEqual([index, id]);
    }
    reader.close();
  }
}, 60_000);

test("what was verified once is remembered by id, not by place", async () => {
  const repository = repositoryWithPolicy();
  const id = repository.git("rev-parse", "HEAD:.mirror/policies/base.yaml");
  const reader = readerOf(await repositoryAt(repository.directory));
  await reader.read(id);
  overwrite(repository, id, "blob", Buffer.from("verdict: allow\n"));
  expect(Buffer.from((await reader.read(id)).data).toString()).toBe("verdict: deny\n");
});
