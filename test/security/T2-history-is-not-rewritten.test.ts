import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { listAncestors, listNewCommits } from "../../src/git/reach.ts";
import { ancestors } from "../fixtures/git-reading.ts";
import { readerOf, repositoryAt } from "../fixtures/git-room.ts";
import { type ScratchRepository, scratchRepository } from "../fixtures/scratch-repository.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// The attack: git can be told, by files that the agent's user may write, that a commit has other content or other
// parents. Every test first shows that plain git is taken in.

test("T2: each of them works where git is not told to look away", async () => {
  const launch = "src/git/launch.ts";
  const attacks = [
    {
      cut: { file: launch, text: '"--no-replace-objects",', by: "" },
      lie: (repository: ScratchRepository, [tip, , genesis]: readonly string[]) =>
        repository.git(
          "replace",
          tip ?? "",
          repository.git("commit-tree", "HEAD^{tree}", "-p", genesis ?? "", "-m", "x"),
        ),
    },
    {
      cut: { file: launch, text: 'GIT_GRAFT_FILE: "/dev/null",', by: "" },
      lie: (repository: ScratchRepository, [tip, , genesis]: readonly string[]) =>
        repository.write(".git/info/grafts", `${tip} ${genesis}\n`),
    },
    {
      cut: { file: launch, text: 'GIT_SHALLOW_FILE: "",', by: "" },
      lie: (repository: ScratchRepository, [, middle]: readonly string[]) =>
        repository.write(".git/shallow", `${middle}\n`),
    },
  ];
  for (const { cut, lie } of attacks) {
    const repository = scratchRepository(history);
    const ids = idsOf(repository);
    lie(repository, ids);
    const without = await moduleWithout<{ readonly ancestors: typeof ancestors }>(
      "test/fixtures/git-reading.ts",
      cut,
    );
    expect(await ancestors(repository.directory, ids[0])).toEqual(ids);
    expect(await without.ancestors(repository.directory, ids[0])).toHaveLength(2);
  }
});

const history = { commits: [{ message: "genesis" }, { message: "middle" }, { message: "tip" }] };

function idsOf(repository: ScratchRepository): [tip: string, middle: string, genesis: string] {
  const [tip = "", middle = "", genesis = ""] = repository.git("rev-list", "HEAD").split("\n");
  return [tip, middle, genesis];
}

async function expectWholeHistory(repository: ScratchRepository, ids: readonly string[]): Promise<void> {
  const repo = await repositoryAt(repository.directory);
  const walked: string[] = [];
  for await (const reached of listNewCommits(readerOf(repo), ids.slice(0, 1), () => false)) {
    walked.push(reached.missing === null ? reached.id : `missing ${reached.missing}`);
  }
  expect(walked).toEqual(ids);
  expect(await listAncestors(repo, ids[0] ?? "")).toEqual(ids);
}

test("replace refs", async () => {
  const repository = scratchRepository(history);
  const ids = idsOf(repository);
  const forged = repository.git("commit-tree", "HEAD^{tree}", "-m", "forged");
  repository.git("replace", ids[0], forged);
  expect(repository.git("log", "--format=%s", "HEAD")).toBe("forged");
  await expectWholeHistory(repository, ids);
  const { data } = await readerOf(await repositoryAt(repository.directory)).read(ids[0]);
  expect(Buffer.from(data).toString()).toContain("\ntip\n");
});

test("grafts", async () => {
  const repository = scratchRepository(history);
  const ids = idsOf(repository);
  repository.write(".git/info/grafts", `${ids[0]} ${ids[2]}\n`);
  expect(repository.git("log", "--format=%s", "HEAD")).toBe("tip\ngenesis");
  await expectWholeHistory(repository, ids);
});

test("a planted shallow file hides nothing", async () => {
  const repository = scratchRepository(history);
  const ids = idsOf(repository);
  repository.write(".git/shallow", `${ids[0]}\n`);
  expect(repository.git("log", "--format=%s", "HEAD")).toBe("tip");
  await expectWholeHistory(repository, ids);
});

test("a commit-graph that tells other parents", async () => {
  const repository = scratchRepository(history);
  const ids = idsOf(repository);
  const path = join(repository.directory, ".git/objects", ids[0].slice(0, 2), ids[0].slice(2));
  const honest = readFileSync(path);
  const lie = inflateSync(honest).toString("latin1").replace(`parent ${ids[1]}`, `parent ${ids[2]}`);
  chmodSync(path, 0o644);
  writeFileSync(path, deflateSync(Buffer.from(lie, "latin1")));
  repository.git("commit-graph", "write", "--reachable");
  writeFileSync(path, honest);
  expect(repository.git("rev-list", "HEAD").split("\n")).toEqual([ids[0], ids[2]]);
  await expectWholeHistory(repository, ids);
});

test("a history that is cut off says shallow where that is the cause, else missing", async () => {
  const repository = scratchRepository(history);
  const [tip, middle, genesis] = idsOf(repository);
  const repo = await repositoryAt(repository.directory);
  const path = join(repository.directory, ".git/objects", genesis.slice(0, 2), genesis.slice(2));
  chmodSync(path, 0o644);
  rmSync(path);
  const reader = readerOf(repo);
  await expect(reader.read(genesis)).rejects.toMatchObject({ code: "missing-object" });
  await expect(listAncestors(repo, tip)).rejects.toMatchObject({ code: "missing-object" });
  repository.write(".git/shallow", `${middle}\n`);
  await expect(reader.read(genesis)).rejects.toMatchObject({ code: "shallow" });
  await expect(listAncestors(repo, tip)).rejects.toMatchObject({ code: "shallow" });
});
