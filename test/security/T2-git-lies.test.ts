// What git says of a history is believed nowhere (TRUST T1, T2): it may name commits in any order, leave some out, add
// others and die half-way. Bulk reading and the list of what is older than the genesis both begin with git's word.
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { listNewCommits } from "../../src/git/reach.ts";
import { proposeRule, standing } from "../fixtures/changes.ts";
import { git, readerOf, repositoryAt } from "../fixtures/git-room.ts";
import type { Governed } from "../fixtures/governed-repository.ts";
import { addLine, scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";
import { cloneOf, sharedRepository } from "../fixtures/two-people.ts";
import { type Cut, mirrorWithout, moduleWithout } from "../fixtures/without-rule.ts";

const reach = "src/git/reach.ts";
type Reach = { readonly listNewCommits: typeof listNewCommits };

/** Each lie is a filter over what `git rev-list` says. */
const lies: Readonly<Record<string, string>> = {
  "the truth": "cat",
  backwards: "tac",
  "in disorder": "sort",
  "with every third left out": "sed -n 'p;n;p;n'",
  "with nothing in it": "sed -n ''",
  "with a stranger before each": "sed 's/^/STRANGER\\n/'",
  "each one three times": "sed 'p;p'",
  "that breaks off in the middle of an id": "head -c 6000",
  "of what is not there": "sed 's/^......../00000000/'",
  "that is none": "yes 'no id' | head -1000",
};

test("T2: a bulk reading of history gives what the commits say, whatever git says of them", async () => {
  const repository = scratchRepository();
  const line = addLine(repository, 600);
  const stranger = repository.git("rev-parse", "main");
  const repo = await repositoryAt(repository.directory);
  const walk = async (
    lie: string,
    { listNewCommits: list }: Reach = { listNewCommits },
  ): Promise<string[]> => {
    const path = join(scratchDirectory(), "git");
    const filter = lie.replace("STRANGER", stranger);
    const script = `#!/bin/sh\ncase "$*" in *rev-list*) '${git.path}' "$@" | ${filter} ;; *) exec '${git.path}' "$@" ;; esac\n`;
    writeFileSync(path, script, { mode: 0o755 });
    const found: string[] = [];
    for await (const reached of list(readerOf(repo), line.slice(0, 1), () => false, {
      ...repo,
      git: { path },
    }))
      found.push(reached.missing === null ? reached.id : `missing ${reached.missing}`);
    return found.sort();
  };
  const all = [...line].sort();
  for (const [which, lie] of Object.entries(lies)) expect([which, await walk(lie)]).toEqual([which, all]);

  const without = (text: string, by: string) => moduleWithout<Reach>(reach, { file: reach, text, by });
  const believesWhatComes = await without("if (!open.delete(id)) continue;", "open.delete(id);");
  expect(await walk(lies["with a stranger before each"] ?? "", believesWhatComes)).toContain(stranger);
  const believesTheEnd = await without("frontier = [...open];", "frontier = [];");
  expect((await walk(lies["with every third left out"] ?? "", believesTheEnd)).length).toBeLessThan(600);
});

test("T2: a commit from before the genesis, forged in place, hides no later policy set from a new clone", async () => {
  const { owner, url, fingerprint } = sharedRepository();
  owner.ok("policy", "merge", proposeRule(owner, "no-more"));
  owner.git("push", "-q", "origin", "main");
  const { digest } = standing(owner);
  const first = owner.git("rev-list", "--max-parents=0", "main");
  const tip = owner.git("rev-parse", "main");
  const forge = (clone: Governed): void => {
    // The oldest commit says that the newest one is its parent: then everything is older than the genesis.
    const raw = owner.git("cat-file", "commit", first).replace("\nauthor", `\nparent ${tip}\nauthor`);
    const path = join(clone.directory, ".git/objects", first.slice(0, 2), first.slice(2));
    rmSync(path, { force: true });
    writeFileSync(path, deflateSync(Buffer.from(`commit ${raw.length + 1}\0${raw}\n`)));
    chmodSync(path, 0o444);
  };
  const honest = cloneOf(url);
  honest.ok("init", "--fingerprint", fingerprint);
  expect(standing(honest)).toMatchObject({ epoch: 2, digest });

  const clone = cloneOf(url);
  forge(clone);
  const ran = clone.mirror("init", "--fingerprint", fingerprint);
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(first)]);

  const older = "src/policy-store/older-commits.ts";
  const believing: Cut[] = [
    { file: older, text: "import { listNewCommits }", by: "import { listAncestors }" },
    {
      file: older,
      text: "const ids: string[] = [];",
      by: "const ids = await listAncestors(repository, genesis);",
    },
    {
      file: older,
      text: "for await (const reached of listNewCommits(reader, [genesis], () => false, repository)) {",
      by: "for (const reached of [] as { readonly missing: string | null; readonly id: string }[]) {",
    },
  ];
  const taken = cloneOf(url, { binary: await mirrorWithout(...believing) });
  forge(taken);
  taken.ok("init", "--fingerprint", fingerprint);
  // The deny rule that was approved last is not seen.
  expect(standing(taken)).toMatchObject({ epoch: 0 });
});
