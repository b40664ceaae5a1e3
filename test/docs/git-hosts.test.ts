import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { mirrorOnPath } from "../fixtures/git-server.ts";
import { governedRepository } from "../fixtures/governed-repository.ts";
import { runAs, runPage } from "../fixtures/printed-page.ts";

test("docs/git-hosts.md goes as it is printed there", () => {
  const { directory, environment } = governedRepository();
  const server = join(dirname(directory), "project.git");
  // A global installation: what `npm root -g` names.
  const programs = mirrorOnPath();
  mkdirSync(join(programs, "@mirroros"));
  symlinkSync(fileURLToPath(new URL("../..", import.meta.url)), join(programs, "@mirroros/mirror"));
  writeFileSync(join(programs, "npm"), `#!/bin/sh\n[ "$*" = "root -g" ] && echo '${programs}'\n`);
  chmodSync(join(programs, "npm"), 0o755);
  const installed = { ...environment, PATH: `${programs}:${environment["PATH"]}` };
  const ada = { cwd: directory, environment: installed };
  runAs(ada, "git init -q --bare -b main ../project.git && git remote add origin ../project.git");
  runAs(ada, "git config user.name Ada && git config user.email ada@example.org");
  runAs(
    ada,
    "mirror init --no-passphrase && mirror agent add coder --client claude-code && git push -q origin main",
  );
  expect(runPage("git-hosts.md", { ada, server: { cwd: server, environment: installed } })).toBe(5);
  expect(runAs(ada, "git rev-parse main && git -C ../project.git rev-parse main")).toMatch(/^(\w+)\n\1\n$/);
});
