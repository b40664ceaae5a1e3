import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { boundRepository } from "../fixtures/governed-repository.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function node(script: string): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status, stderr };
}

test("a daemon that has nothing to do folds what is left and stops", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  repository.ok("daemon", "stop");
  const directory = JSON.stringify(repository.state());
  const ran = node(`
    const { serveDaemon } = await import("./dist/lib/daemon/serve.js");
    const { statePathsAt } = await import("./dist/lib/app/home.js");
    await serveDaemon(statePathsAt(${directory}), { agent: null, started() {}, warm() {}, idle: 200 });
  `);
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  const sockets = readFileSync(join(repository.state(), "sockets.at"), "utf8").trim();
  expect(existsSync(join(sockets, "coder.sock"))).toBe(false);
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});

test("Windows says that it is not served yet", () => {
  const ran = node(`
    Object.defineProperty(process, "platform", { value: "win32" });
    await import("./dist/bin/mirror.mjs");
  `);
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("not served on Windows yet")]);
});
