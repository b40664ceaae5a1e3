// Faults that nobody needs to hear of: the call that meets one gets its answer all the same.
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";
import { daemons, killDaemon, locksLeft, recorded } from "./crowd.ts";

const good = { decision: "allow" };

function sockets(repository: Governed): string {
  return readFileSync(join(repository.state(), "sockets.at"), "utf8").trim();
}

test("a daemon that is absent, dead, doubled or without its socket", async () => {
  const repository = boundRepository();
  const call = async (what: string): Promise<void> => {
    expect({ what, ...(await repository.bash("git status")) }).toMatchObject({ what, ...good });
  };
  await call("absent");
  killDaemon(repository);
  await call("dead, its socket left behind");
  rmSync(sockets(repository), { recursive: true });
  await call("alive, its sockets tidied away");
  killDaemon(repository);
  rmSync(sockets(repository), { recursive: true, force: true });
  await call("dead, its sockets gone");
  killDaemon(repository);
  const bin = join(repository.mirrorHome, "bin");
  const copy = readdirSync(bin).find((name) => existsSync(join(bin, name, "dist"))) ?? "";
  const start = (): unknown =>
    spawn(process.execPath, [join(bin, copy, "dist/bin/mirror-daemon.cjs"), repository.state()], {
      stdio: "ignore",
    });
  for (let twice = 0; twice < 3; twice += 1) start();
  await Promise.all(["a", "b", "c", "d"].map((name) => call(`started many times at once, ${name}`)));
  for (let wait = 0; wait < 100 && daemons(repository).length > 1; wait += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(daemons(repository)).toHaveLength(1);
  expect(repository.state().length).toBeGreaterThan(100);
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});

test("killed after the answer, and after the receipt: nothing is lost or told twice", async () => {
  const repository = boundRepository();
  await repository.bash("echo first");
  killDaemon(repository);
  // The very same call again, as the hook sends it once its answer broke off.
  const shim = join(repository.mirrorHome, "bin/mirror-hook");
  const text = readFileSync(shim, "utf8");
  writeFileSync(shim, text.replace("attempt=1", "attempt=2"));
  const again = { session_id: repository.session, tool_use_id: "call_1" };
  expect(await repository.bash("echo first", again)).toMatchObject(good);
  // Another call under the same name is another call.
  expect(await repository.bash("echo second", again)).toMatchObject(good);
  writeFileSync(shim, text);
  repository.ok("status");
  const subjects = repository.git("log", "--format=%s", repository.ledger()).split("\n");
  expect(subjects.filter((subject) => subject.includes("echo first"))).toHaveLength(1);
  expect(subjects.filter((subject) => subject.includes("echo second"))).toHaveLength(1);
});

test("a call that has its outcome is a new call when it is sent again, and gets a receipt of its own", async () => {
  const repository = boundRepository();
  await repository.bash("echo first");
  const again = { session_id: repository.session, tool_use_id: "call_1" };
  const outcome = {
    ...again,
    cwd: repository.directory,
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_input: { command: "echo first" },
    tool_response: {},
  };
  const shim = join(repository.mirrorHome, "bin/mirror-hook");
  const text = readFileSync(shim, "utf8");
  // By the gate that took its outcome, and by one that has to recall it.
  for (const [receipts, restart] of [
    [2, false],
    [3, true],
  ] as const) {
    writeFileSync(shim, text);
    await repository.hook("PostToolUse", outcome);
    if (restart) killDaemon(repository);
    writeFileSync(shim, text.replace("attempt=1", "attempt=2"));
    expect(await repository.bash("echo first", again)).toMatchObject(good);
    repository.ok("status");
    expect(recorded(repository, ["echo first"])).toEqual([receipts]);
  }
});

test("no perl, no curl, no git on PATH, and an environment set to mischief", async () => {
  const repository = boundRepository();
  const evil = join(repository.home, "evil.js");
  const rc = join(repository.home, "rc");
  writeFileSync(evil, "process.exit(0)\n");
  writeFileSync(rc, "echo '{}'; exit 0\n");
  writeFileSync(join(repository.home, ".curlrc"), 'output = "/dev/null"\nproxy = "http://127.0.0.1:9"\n');
  const environment = {
    ...{
      PATH: "/nowhere",
      NODE_OPTIONS: `--require ${evil}`,
      BASH_ENV: rc,
      ENV: rc,
      CURL_HOME: repository.home,
    },
    ...{ http_proxy: "http://127.0.0.1:9", ALL_PROXY: "http://127.0.0.1:9", no_proxy: "" },
    ...{ GIT_DIR: "/nowhere", GIT_CONFIG_GLOBAL: rc, MIRROR_HOME: "/nowhere", XDG_STATE_HOME: "/nowhere" },
  };
  const payload = {
    session_id: repository.session,
    cwd: repository.directory,
    hook_event_name: "PreToolUse",
    tool_name: "Bash",
    tool_input: { command: "git status" },
  };
  const ask = async (id: string): Promise<string> => {
    const ran = await repository.hook("PreToolUse", { ...payload, tool_use_id: id }, environment);
    return JSON.parse(ran.stdout).hookSpecificOutput.permissionDecision;
  };
  expect(await ask("cold")).toBe("allow");
  expect(await ask("warm")).toBe("allow");
  const shim = join(repository.mirrorHome, "bin/mirror-hook");
  const without = (name: string): void =>
    writeFileSync(
      shim,
      readFileSync(shim, "utf8").replace(new RegExp(`^${name}=.*$`, "m"), `${name}=/nowhere`),
    );
  without("PERL");
  expect(await ask("with curl, warm")).toBe("allow");
  killDaemon(repository);
  expect(await ask("with curl, cold")).toBe("allow");
  without("CURL");
  expect(await ask("without either, warm")).toBe("allow");
  killDaemon(repository);
  expect(await ask("without either, cold")).toBe("allow");
});

test("HEAD detached, old, unborn or dangling, and a broken policy that nobody approved", async () => {
  const repository = boundRepository({
    commits: [{ message: "before mirror" }, { message: "still before" }],
  });
  const first = repository.git("rev-list", "--max-parents=0", "main").split("\n").at(-1) ?? "";
  const forbidden = async (what: string): Promise<void> => {
    expect({ what, ...(await repository.bash("git push -f origin main")) }).toMatchObject({
      what,
      decision: "deny",
    });
    expect({ what, ...(await repository.bash("git status")) }).toMatchObject({ what, ...good });
  };
  repository.git("checkout", "-q", "--detach");
  await forbidden("detached");
  repository.git("checkout", "-q", first);
  await forbidden("old");
  killDaemon(repository);
  await forbidden("old, and the daemon started there");
  repository.git("symbolic-ref", "HEAD", "refs/heads/nothing-yet");
  await forbidden("unborn");
  killDaemon(repository);
  await forbidden("unborn, and the daemon started there");
  writeFileSync(join(repository.directory, ".git/HEAD"), `${"1".repeat(40)}\n`);
  await forbidden("dangling");
  killDaemon(repository);
  await forbidden("dangling, and the daemon started there");
  repository.git("symbolic-ref", "HEAD", "refs/heads/main");
  repository.git("reset", "-q", "--hard");
  repository.commit({
    files: { ".mirror/policies/base.yaml": ": [broken", ".mirror/trust.yaml": "nobody: {" },
  });
  await forbidden("a broken policy set at HEAD");
  killDaemon(repository);
  await forbidden("a broken policy set at HEAD, and the daemon started there");
});

test("a lock on the ledger's ref that a killed git left behind", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  killDaemon(repository);
  const lock = join(
    repository.directory,
    ".git",
    "refs/mirror/ledger",
    readdirSync(join(repository.mirrorHome, "keys"))
      .find((name) => name.endsWith(".pem") && !name.startsWith("owner"))
      ?.replace(/pem$/, "lock") ?? "",
  );
  mkdirSync(join(lock, ".."), { recursive: true });
  writeFileSync(lock, "");
  utimesSync(lock, new Date(0), new Date(0));
  expect(await repository.bash("git status")).toMatchObject({ ...good, reason: expect.anything() });
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
  expect(await locksLeft(repository)).toEqual([]);
});

test("a clock that was set back an hour", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  repository.ok("daemon", "stop");
  const binary = await mirrorWithout({
    file: "src/app/open-gate.ts",
    text: "const clock = Date.now;",
    by: "const clock = () => Date.now() - 3_600_000;",
  });
  const added = spawnSync(process.execPath, [binary, "agent", "add", "coder", "--client", "claude-code"], {
    cwd: repository.directory,
    env: repository.environment,
    encoding: "utf8",
  });
  expect([added.status, added.stderr]).toEqual([0, ""]);
  for (let calls = 0; calls < 5; calls += 1) expect(await repository.bash("git status")).toMatchObject(good);
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
});

test("a repository that was moved is named, and works again where it was", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  killDaemon(repository);
  const away = `${repository.directory}-away`;
  renameSync(repository.directory, away);
  mkdirSync(join(repository.directory, ".claude"), { recursive: true });
  const settings = ".claude/settings.local.json";
  writeFileSync(join(repository.directory, settings), readFileSync(join(away, settings)));
  const { decision, reason } = await repository.bash("git status");
  expect([decision, reason]).toEqual(["deny", expect.stringMatching(/is no work tree of .* any more/)]);
  rmSync(repository.directory, { recursive: true });
  renameSync(away, repository.directory);
  expect(await repository.bash("git status")).toMatchObject(good);
});
