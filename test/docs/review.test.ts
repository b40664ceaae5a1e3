import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mirrorOnPath } from "../fixtures/git-server.ts";
import { governedRepository } from "../fixtures/governed-repository.ts";
import { runAs, runPage } from "../fixtures/printed-page.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

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
  const cwd = repository.directory;
  const readers = {
    ada: { cwd, environment: { ...ada, GIT_CONFIG_GLOBAL: config(repository.home, "Ada") } },
    bob: { cwd, environment: { ...ada, HOME: bob, GIT_CONFIG_GLOBAL: config(bob, "Bob", ...signing) } },
  };
  runAs(readers.ada, "git config user.name Ada; git config user.email ada@example.org");
  runAs(readers.ada, "mirror init --no-passphrase && mirror agent add coder --client claude-code");
  expect(runPage("review.md", readers)).toBeGreaterThan(6);
});
