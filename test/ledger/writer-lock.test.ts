import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { takeWriterLock } from "../../src/ledger/writer-lock.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

/** What the lock's newest file says. */
function holder(directory: string): { path: string; value: Record<string, unknown> } {
  const name = Math.max(...readdirSync(directory).map(Number));
  const path = join(directory, String(name));
  return { path, value: JSON.parse(readFileSync(path, "utf8")) };
}

test("the lock of a process that is gone is taken; of one that lives, it is not", async () => {
  const directory = scratchDirectory();
  const lock = await takeWriterLock(directory, 0);
  await expect(takeWriterLock(directory, 40)).rejects.toMatchObject({ code: "ledger-locked" });
  const { path, value } = holder(directory);
  const gone = spawnSync("true").pid;
  writeFileSync(path, JSON.stringify({ ...value, pid: gone, started: "1" }));
  await takeWriterLock(directory, 0);
  lock.release();
});

test.each([
  ["a process number that was given to another process since", { started: "1" }],
  ["a machine that was started again", { boot: "another" }],
  ["a lock that was let go", { released: true }],
])("%s holds nothing", async (_, change) => {
  const directory = scratchDirectory();
  await takeWriterLock(directory, 0);
  const { path, value } = holder(directory);
  writeFileSync(path, JSON.stringify({ ...value, ...change }));
  await takeWriterLock(directory, 0);
});

test.each(["", "{", "null", '{"pid":0}', '{"pid":"1"}'])(
  "a damaged lock file (%s) holds nothing",
  async (text) => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, "7"), text);
    await takeWriterLock(directory, 0);
    expect(readdirSync(directory)).toEqual(["8"]);
  },
);

test("a process that is killed lets go", async () => {
  const directory = scratchDirectory();
  const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "ignore" });
  const { pid = 0 } = child;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  writeFileSync(join(directory, "1"), JSON.stringify({ pid, started, boot, released: false }));
  await expect(takeWriterLock(directory, 0)).rejects.toMatchObject({ code: "ledger-locked", data: { pid } });
  child.kill("SIGKILL");
  await takeWriterLock(directory, 5_000);
});
