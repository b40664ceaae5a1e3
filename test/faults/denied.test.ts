// Faults that a person must mend: until then every call is denied in Claude's own dialect, with the cause and the
// command that repairs it; and once mended, calls are answered again and nothing is lost.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { viewPolicy } from "../../src/app/approved-policy.ts";
import { openState } from "../../src/app/open-state.ts";
import { findOwner } from "../../src/app/owner.ts";
import { commitChange } from "../../src/policy-store/commits.ts";
import { boundRepository, type Governed, governedRepository } from "../fixtures/governed-repository.ts";
import { daemons, killDaemon } from "./crowd.ts";

const isRoot = process.getuid?.() === 0;

async function expectDenied(repository: Governed, why: RegExp): Promise<void> {
  const { decision, reason } = await repository.bash("git status");
  expect([decision, reason]).toEqual(["deny", expect.stringMatching(why)]);
  expect(reason).toMatch(/mirror /);
}

async function expectMended(repository: Governed): Promise<void> {
  expect(await repository.bash("git status")).toMatchObject({ decision: "allow" });
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
}

/** Changes the installed shim, as nobody does: to wait less for what never comes. */
function hasty(repository: Governed): void {
  const shim = join(repository.mirrorHome, "bin/mirror-hook");
  const text = readFileSync(shim, "utf8")
    .replace("--max-time 20 ", "--max-time 2 ")
    .replace("alarm 20;", "alarm 2;");
  expect(text).not.toMatch(/--max-time 20 |alarm 20/);
  writeFileSync(shim, text);
}

test("a daemon that hangs", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  hasty(repository);
  for (const pid of daemons(repository)) process.kill(pid, "SIGSTOP");
  await expectDenied(repository, /no answer within .* \(repair: mirror daemon stop\)/);
  expect(repository.ok("daemon", "stop")).toContain("stopped");
  await expectMended(repository);
});

test.runIf(isRoot)("a socket, or its directory, of another user", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  const directory = readFileSync(join(repository.state(), "sockets.at"), "utf8").trim();
  for (const path of [join(directory, "coder.sock"), directory]) {
    execFileSync("chown", ["65534", path]);
    await expectDenied(repository, /has another owner/);
    execFileSync("chown", ["0", path]);
    await expectMended(repository);
  }
});

/** Approves the policy set with one file changed, with the owner's key and nothing looked at. */
async function approvePastChecks(
  { directory, environment }: Governed,
  file: string,
  content: string,
): Promise<void> {
  const state = await openState(directory, environment);
  try {
    const { files, lineage } = (await viewPolicy(state)).approved;
    const { git, workTree } = state.repository;
    const owner = await findOwner(git, workTree, state.home, environment, { ask: null, askSecret: null });
    if (owner === null) throw new Error("the owner's key is there");
    const desk = {
      repository: state.repository,
      reader: state.reader,
      branch: "refs/heads/main",
      person: { name: "Ada", email: "ada@example.org" },
      signer: owner.signer,
      now: Math.floor(Date.now() / 1_000),
    };
    const after = new Map(files).set(file, Buffer.from(content));
    const change = {
      base: lineage,
      before: files,
      after,
      subject: "past every check",
      proposal: null,
      settles: false,
    };
    await commitChange(desk, change);
  } finally {
    state.close();
  }
}

describe("what comes in on stdin", () => {
  const whole = {
    session_id: "s",
    cwd: "/",
    hook_event_name: "PreToolUse",
    tool_name: "Bash",
    tool_use_id: "1",
  };
  const deep = `{"a":${'{"a":'.repeat(100_000)}1${"}".repeat(100_001)}`;
  const inputs: readonly (readonly [string, string, RegExp])[] = [
    ["nothing", "", /JSON|empty/i],
    ["half of it", JSON.stringify(whole).slice(0, 40), /JSON/],
    ["no JSON", "\u0000\u0001 hello", /JSON/],
    ["an array", "[]", /object/],
    ["60 MB", `{"session_id":"${"x".repeat(60_000_000)}"}`, /larger than/],
    ["very deep", deep, /deep|nest/],
    ["wrong types", JSON.stringify({ ...whole, tool_input: { command: 7 } }), /command/],
    ["no tool", JSON.stringify({ ...whole, tool_name: undefined, tool_input: {} }), /tool_name/],
    [
      "another event",
      JSON.stringify({ ...whole, hook_event_name: "Surprise", tool_input: {} }),
      /Surprise|event/,
    ],
  ];

  test("each is denied with what is wrong; a tool nobody knows is decided as unknown", async () => {
    const repository = boundRepository();
    for (const [what, input, why] of inputs) {
      const ran = await repository.hook("PreToolUse", input);
      const { permissionDecision, permissionDecisionReason } = JSON.parse(ran.stdout).hookSpecificOutput;
      expect([what, ran.code, permissionDecision, permissionDecisionReason]).toEqual([
        what,
        0,
        "deny",
        expect.stringMatching(why),
      ]);
    }
    const unknown = await repository.call("Teleport", { to: "moon" });
    expect(["ask", "deny"]).toContain(unknown.decision);
    await expectMended(repository);
  });
});

test("the objects of the approved policy set unreadable, or changed in place", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  repository.ok("daemon", "stop");
  const blob = repository.git("rev-parse", "main:.mirror/trust.yaml");
  repository.git("repack", "-adq");
  const packs = join(repository.directory, ".git/objects/pack");
  const kept = join(repository.home, "packs");
  execFileSync("cp", ["-a", packs, kept]);
  for (const name of readdirSync(packs)) chmodSync(join(packs, name), 0o600);
  // Unpacked, so that one object can be spoilt.
  for (const name of readdirSync(kept).filter((each) => each.endsWith(".pack"))) {
    rmSync(join(packs, name));
    rmSync(join(packs, name.replace(/pack$/, "idx")));
    repository.gitWith({ input: readFileSync(join(kept, name)) }, "unpack-objects", "-q");
  }
  const loose = join(repository.directory, ".git/objects", blob.slice(0, 2), blob.slice(2));
  const good = readFileSync(loose);
  chmodSync(loose, 0o600);
  writeFileSync(loose, "garbage");
  await expectDenied(repository, new RegExp(`${blob}|cannot be read`));
  rmSync(loose);
  await expectDenied(repository, new RegExp(`${blob}.*missing`));
  writeFileSync(loose, good);
  await expectMended(repository);
});

test("a policy set that is broken is refused before it is signed, and changes nothing", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  repository.git("switch", "-q", "-c", "broken");
  repository.commit({ files: { ".mirror/policies/base.yaml": "version: 1\nid: base\nrules: 7\n" } });
  repository.git("switch", "-q", "main");
  const merged = repository.mirror("policy", "merge", "broken");
  expect([merged.code, merged.stderr]).toEqual([1, expect.stringMatching(/base\.yaml:3/)]);
  await expectMended(repository);
});

// Signed past every check of `mirror policy merge`, as any tool that can sign a commit can.
test("an approved policy set that is broken, while the policy branch holds it", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  await approvePastChecks(repository, "policies/base.yaml", "version: 1\nid: base\nrules: 7\n");
  await expectDenied(repository, /base\.yaml:3:8: found the number `7`.*git revert.*mirror policy merge/);
  expect(repository.mirror("status").stdout).toMatch(/problem.*base\.yaml:3:8/);
  repository.git("revert", "--no-edit", "-m", "1", "HEAD");
  await expectMended(repository);
  // A key file that is none.
  await approvePastChecks(repository, "trust.yaml", "version: 1\nsigners: []\n");
  await expectDenied(repository, /trust\.yaml.*git revert/);
  repository.git("revert", "--no-edit", "-m", "1", "HEAD");
  await expectMended(repository);
});

test.each([
  ["gone", (pin: string) => rmSync(pin)],
  ["damaged", (pin: string) => writeFileSync(pin, "{")],
])("a pin that is %s", async (_, spoil) => {
  const repository = boundRepository();
  await repository.bash("git status");
  killDaemon(repository);
  spoil(join(repository.state(), "pin.json"));
  await expectDenied(repository, /pin .* (gone|damaged).*mirror repair/);
  repository.ok("repair");
  await expectMended(repository);
});

test.each([
  ["deleted", (ledger: string) => [["update-ref", "-d", ledger]]],
  ["moved backwards", (ledger: string) => [["update-ref", ledger, `${ledger}~1`]]],
  ["moved sideways", (ledger: string) => [["update-ref", ledger, "HEAD"]]],
])("a ledger ref that was %s, with the daemon up and after it was killed", async (_, attack) => {
  const repository = boundRepository();
  await repository.bash("git status");
  await repository.bash("git status");
  repository.ok("status");
  const ledger = repository.ledger();
  for (const kill of [false, true]) {
    repository.ok("status");
    const stood = repository.git("rev-parse", ledger);
    if (kill) killDaemon(repository);
    for (const command of attack(ledger)) repository.git(...command);
    await expectDenied(repository, /mirror\/ledger\/.* (is gone|is at).*mirror repair/);
    repository.ok("repair");
    expect(repository.git("merge-base", stood, ledger)).toBe(stood);
    await expectMended(repository);
  }
});

test("a gate key that is missing, another's, or open to others", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  repository.ok("status");
  const keys = join(repository.mirrorHome, "keys");
  const gate = repository.ledger().replace(/.*\//, "");
  const pem = join(keys, `${gate}.pem`);
  const kept = join(repository.home, "kept.pem");
  copyFileSync(pem, kept);
  const other = governedRepository();
  other.ok("init", "--no-passphrase");
  const otherKeys = join(other.mirrorHome, "keys");
  const otherPem =
    readdirSync(otherKeys).find((name) => name.endsWith(".pem") && !name.startsWith("owner")) ?? "";
  const faults: readonly (readonly [RegExp, () => void])[] = [
    [/key of the gate .* is gone/, () => rmSync(pem)],
    [/no pair/, () => writeFileSync(pem, readFileSync(join(otherKeys, otherPem)), { mode: 0o600 })],
    [/PKCS|PEM/, () => writeFileSync(pem, "", { mode: 0o600 })],
    [/others|0600|mode/, () => chmodSync(pem, 0o644)],
  ];
  for (const [why, spoil] of faults) {
    killDaemon(repository);
    spoil();
    await expectDenied(repository, why);
    rmSync(pem, { force: true });
    writeFileSync(pem, readFileSync(kept), { mode: 0o600 });
    await expectMended(repository);
  }
});

test("an agent that is unbound, and one that was removed", async () => {
  const repository = boundRepository();
  const settings = join(repository.directory, ".claude/settings.local.json");
  const installed = readFileSync(settings, "utf8");
  repository.ok("agent", "remove", "coder");
  mkdirSync(join(repository.directory, ".claude"), { recursive: true });
  writeFileSync(settings, installed);
  await expectDenied(repository, /no binding for `coder` is approved.*mirror agent add coder/);
  killDaemon(repository);
  await expectDenied(repository, /no binding for `coder` is approved.*mirror agent add coder/);
  repository.ok("agent", "add", "coder", "--client", "claude-code");
  await expectMended(repository);
});

/** Mounts a small disk of its own over a directory; null where this machine lets nobody. */
function smallDisk(at: string, megabytes: number): { remount(option: string): void } | null {
  mkdirSync(at, { recursive: true, mode: 0o700 });
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "mirror-test", at]);
  if (mount.status !== 0) return null;
  onTestFinished(() => void spawnSync("umount", ["-l", at]));
  return { remount: (option) => void execFileSync("mount", ["-o", `remount,${option}`, at]) };
}

describe.runIf(isRoot && existsSync("/usr/bin/mount"))("disks", () => {
  test("MIRROR_HOME read-only, then full", async ({ skip }) => {
    const repository = governedRepository();
    const disk = smallDisk(repository.mirrorHome, 64);
    if (disk === null) return skip();
    repository.ok("init", "--no-passphrase");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    disk.remount("ro");
    await expectDenied(repository, /cannot be written/);
    disk.remount("rw");
    await expectMended(repository);
    const filler = join(repository.mirrorHome, "filler");
    // To the last byte, while the daemon is up and when it has to start.
    const fill = (): void =>
      void spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=64k"], { stdio: "ignore" });
    fill();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await expectDenied(repository, /disk is nearly full/);
    await expectDenied(repository, /disk is nearly full/);
    rmSync(filler);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    // H3: what found no room is in the ledger as one receipt with their number.
    await expectMended(repository);
    const gaps = repository
      .git("log", "--format=%s", repository.ledger())
      .split("\n")
      .filter((line) => line.startsWith("gap"));
    expect(gaps).toEqual(["gap  disk-reserve  2"]);
    fill();
    killDaemon(repository);
    await expectDenied(repository, /disk|space|ENOSPC|written/i);
    rmSync(filler);
    await expectMended(repository);
  });

  test("the object directory read-only", async ({ skip }) => {
    const repository = governedRepository();
    const objects = join(repository.directory, ".git/objects");
    const kept = join(repository.home, "objects");
    execFileSync("cp", ["-a", objects, kept]);
    const disk = smallDisk(objects, 64);
    if (disk === null) return skip();
    execFileSync("cp", ["-a", `${kept}/.`, objects]);
    repository.ok("init", "--no-passphrase");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    await repository.bash("git status");
    repository.ok("status");
    disk.remount("ro");
    // What is durable in the journal may be answered; once folding has failed, nothing is.
    await repository.bash("git status");
    await new Promise((resolve) => setTimeout(resolve, 800));
    await expectDenied(repository, /read-only|EROFS|cannot/i);
    disk.remount("rw");
    await expectMended(repository);
  });
});
