// A long history: what the first look at it costs, every policy change in it verified, against git's own walk.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findGit } from "../../dist/lib/git/find-git.js";
import { openObjectReader } from "../../dist/lib/git/objects.js";
import { openRepository } from "../../dist/lib/git/repository.js";
import { PolicyStore } from "../../dist/lib/policy-store/policy-store.js";
import { atMost, paired } from "../harness.mjs";
import { makeHistory } from "../histories.mjs";
import { inScratch } from "../scratch.mjs";

const commits = 100_000;
const changes = 1_000;

export async function measure(rounds) {
  return await inScratch(async (top) => {
    const { directory, git, pin, epochs } = makeHistory(top, { commits, every: commits / changes });
    const repository = await openRepository(findGit(process.env.PATH), directory);
    const caches = join(top, "caches");
    const first = async () => {
      rmSync(caches, { recursive: true, force: true });
      mkdirSync(caches);
      const reader = openObjectReader(repository);
      const clock = () => Date.now();
      const store = new PolicyStore({ repository, reader, pin, caches, clock, engine: "bench" });
      const { approved } = await store.look([repository.gitDir]);
      reader.close();
      if (approved.lineage.epoch !== epochs)
        throw new Error(`epoch ${approved.lineage.epoch}, expected ${epochs}`);
    };
    const taken = await paired(Math.min(rounds, 5), {
      git: () => void git("log", "--format=%H", "main", "--", ".mirror"),
      mirror: first,
    });
    const times = `${(taken.median("mirror") / 1_000).toFixed(1)} s against ${(taken.median("git") / 1_000).toFixed(1)} s`;
    const detail = `${times}, git log -- .mirror; 100,000 commits, 1,000 policy changes`;
    return [atMost("first verification", taken.ratio("mirror", "git"), 3, "x", detail)];
  });
}
