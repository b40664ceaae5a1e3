import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mirrorOnPath } from "../fixtures/git-server.ts";
import { governedRepository } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

const page = readFileSync(new URL("../../docs/review.md", import.meta.url), "utf8");

/** The page's shell blocks, each with who runs it and what the page says it prints (null: nothing is shown). */
function steps(): { readonly who: string; readonly script: string; readonly shown: string | null }[] {
  const found = page.matchAll(/^```sh (ada|bob)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm);
  return [...found].map(([, who = "", script = "", shown]) => ({ who, script, shown: shown ?? null }));
}

/** Takes out what differs from run to run. */
function lasting(text: string): string {
  return text
    .replace(/\b[0-9A-F]{40}\b/g, "FINGERPRINT")
    .replace(/SHA256:[A-Za-z0-9+/]{43}/g, "SHA256:KEY")
    .replace(/\b\d{4}-\d\d-\d\d\b/g, "DATE")
    .replace(/\b[0-9a-f]{12}\b/g, "ID")
    .replace(/^gate +\S+/gm, "gate GATE")
    .replace(/[ \t]+/g, " ")
    .trim();
}

test("docs/review.md goes as it is printed there, with a signer of each kind", () => {
  const repository = governedRepository();
  const bob = scratchDirectory();
  const ada = { ...repository.environment, PATH: `${mirrorOnPath()}:${repository.environment["PATH"]}` };
  const config = (home: string, name: string, ...more: string[][]): string => {
    mkdirSync(home, { recursive: true });
    const file = join(home, ".gitconfig");
    const settings = [["user.name", name], ["user.email", `${name.toLowerCase()}@example.org`], ...more];
    for (const setting of settings) execFileSync("git", ["config", "--file", file, ...setting]);
    return file;
  };
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "bob", "-f", join(bob, "key")]);
  execFileSync("cp", [join(bob, "key.pub"), join(repository.directory, "bob.pub")]);
  const signing = [
    ["gpg.format", "ssh"],
    ["user.signingKey", join(bob, "key.pub")],
  ];
  const environments: Record<string, Record<string, string>> = {
    ada: { ...ada, GIT_CONFIG_GLOBAL: config(repository.home, "Ada") },
    bob: { ...ada, HOME: bob, GIT_CONFIG_GLOBAL: config(bob, "Bob", ...signing) },
  };
  const run = (who: string, script: string): string => {
    const { status, stdout } = spawnSync("bash", ["-euo", "pipefail", "-c", `exec 2>&1\n${script}`], {
      cwd: repository.directory,
      env: environments[who],
      encoding: "utf8",
    });
    expect([script, status, stdout]).toEqual([script, 0, stdout]);
    return stdout;
  };
  run("ada", "git config user.name Ada; git config user.email ada@example.org");
  run("ada", "mirror init --no-passphrase && mirror agent add coder --client claude-code");
  expect(steps().length).toBeGreaterThan(6);
  for (const { who, script, shown } of steps()) {
    const output = run(who, script);
    if (shown !== null) expect(lasting(output)).toBe(lasting(shown));
  }
});
