import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hookCommand, shellWord } from "../../src/clients/hook-command.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

const hook = { client: "claude-code", agent: "coder", event: "PreToolUse", decides: true };
const report = { ...hook, event: "PostToolUse", decides: false };

/** Runs a command as a client does; `path` is its whole PATH. */
function run(
  command: string,
  path = "/usr/bin:/bin",
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("/bin/sh", ["-c", command], { env: { PATH: path }, encoding: "utf8", input: "" });
}

function shimAt(directory: string, body: string): string {
  const shim = join(directory, "mirror-hook");
  mkdirSync(dirname(shim), { recursive: true });
  writeFileSync(shim, `#!/bin/sh\n${body}\n`);
  chmodSync(shim, 0o700);
  return shim;
}

describe("with absolute paths", () => {
  test("the command reads as one line of sh", () => {
    expect(hookCommand({ kind: "fixed", shim: "/m/bin/mirror-hook", state: "/m/repos/x" }, report)).toBe(
      `/bin/sh '/m/bin/mirror-hook' claude-code coder '/m/repos/x' PostToolUse "$PPID"`,
    );
  });

  test("any path arrives whole", () => {
    const shim = shimAt(join(scratchDirectory(), 'it\'s a $(touch x) "dir"'), `printf '%s\\n' "$@"`);
    const state = "/s/'; exit 0; '/ $HOME `id`";
    const said = run(hookCommand({ kind: "fixed", shim, state }, hook)).stdout.split("\n");
    expect(said.slice(0, 4)).toEqual(["claude-code", "coder", state, "PreToolUse"]);
    expect(said[4]).toBe(String(process.pid));
  });

  test.each(["exit 1", "kill -9 $$", "exit 2"])("a shim that ends with `%s` blocks the call", (body) => {
    const shim = shimAt(scratchDirectory(), body);
    const { status, stderr } = run(hookCommand({ kind: "fixed", shim, state: "/s" }, hook));
    expect(status).toBe(2);
    expect(stderr).toContain("mirror: the gate did not answer");
  });

  test("a shim that is gone blocks the call", () => {
    const { status, stderr } = run(
      hookCommand({ kind: "fixed", shim: "/none/mirror-hook", state: "/s" }, hook),
    );
    expect(status).toBe(2);
    expect(stderr).toContain("mirror daemon status");
  });
});

describe("without a path", () => {
  const command = hookCommand({ kind: "from-path" }, hook);

  test("the command names no place of this machine", () => {
    expect(command).not.toMatch(/'\/|\s\/(?!dev\/null)/);
  });

  test("a colleague without mirror is told in one sentence, and the call is blocked", () => {
    const { status, stderr } = run(command, scratchDirectory());
    expect(status).toBe(2);
    expect(stderr).toBe(
      "This repository decides AI tool calls with mirror. Install it: npm install -g @mirroros/mirror, then run: mirror init\n",
    );
    expect(run(hookCommand({ kind: "from-path" }, report), scratchDirectory())).toMatchObject({
      status: 0,
      stderr: "",
    });
  });

  test("mirror-hook comes from PATH, and its failure blocks", () => {
    const directory = scratchDirectory();
    shimAt(directory, `printf '[%s]' "$@"`);
    expect(run(command, directory).stdout).toMatch(/^\[claude-code\]\[coder\]\[\]\[PreToolUse\]\[\d+\]$/);
    shimAt(directory, "exit 3");
    expect(run(command, directory).status).toBe(2);
  });
});

test("a quoted word is the same word to sh", () => {
  const word = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed());
  fc.assert(
    fc.property(word, (text) => {
      const said = execFileSync("/bin/sh", ["-c", `printf '%s' ${shellWord(text)}`], { encoding: "utf8" });
      expect(said).toBe(text);
    }),
    { numRuns: 25 },
  );
});
