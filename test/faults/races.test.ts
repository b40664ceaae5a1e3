import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { crowd, killDaemon, locksLeft, often, recorded } from "./crowd.ts";

/** What nobody may be able to say after any of these runs. */
async function expectWhole(repository: Governed): Promise<void> {
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
  expect(repository.git("rev-list", "--min-parents=2", repository.ledger())).toBe("");
  const fsck = spawnSync("git", ["fsck", "--strict", "--no-dangling"], {
    cwd: repository.directory,
    env: repository.environment,
    encoding: "utf8",
  });
  expect([fsck.status, fsck.stdout]).toEqual([0, ""]);
  expect(await locksLeft(repository)).toEqual([]);
}

test("8 callers, 50 calls each: 400 receipts in one chain, while the person's git gc, repack, pack-refs and worktree run", async () => {
  const repository = boundRepository();
  const chores: readonly (readonly string[])[] = [
    ["gc", "-q", "--prune=now"],
    ["repack", "-adfq"],
    ["pack-refs", "--all"],
    ["worktree", "add", "-q", "--detach", join(repository.directory, "../beside")],
    ["worktree", "remove", "--force", join(repository.directory, "../beside")],
  ];
  let busy = true;
  let done = 0;
  const housekeeping = (async () => {
    for (; busy; done += 1) {
      for (const chore of chores) repository.git(...chore);
      await sleep(200);
    }
  })();
  const answers = await crowd(repository, 8, (call) => call < 50);
  busy = false;
  await housekeeping;
  expect(done).toBeGreaterThan(0);
  expect(new Set(answers.values())).toEqual(new Set(["allow"]));
  repository.ok("status");
  expect(recorded(repository, answers.keys())).toEqual(Array(400).fill(1));
  await expectWhole(repository);
});

test("the daemon killed over and over under load: every call is answered, and stands in the ledger exactly once", async () => {
  const repository = boundRepository();
  const wanted = often(10, 100);
  let kills = 0;
  const killer = (async () => {
    while (kills < wanted) {
      await sleep(100 + Math.random() * 900);
      if (killDaemon(repository)) kills += 1;
    }
  })();
  // Below the hundred calls a second that one agent may make for long (TRUST H3).
  const answers = await crowd(repository, 8, () => kills < wanted, 60);
  await killer;
  const refused = [...answers].filter(([, decision]) => decision !== "allow");
  expect(refused).toEqual([]);
  repository.ok("status");
  const allowed = [...answers].filter(([, decision]) => decision === "allow").map(([command]) => command);
  expect(recorded(repository, allowed)).toEqual(Array(allowed.length).fill(1));
  await expectWhole(repository);
});
