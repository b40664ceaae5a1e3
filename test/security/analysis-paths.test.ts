import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { thisMachine } from "../../src/app/machine.ts";
import type { Places } from "../../src/model/places.ts";
import { decide } from "../../src/policy/decide.ts";
import { soloPolicies } from "../fixtures/solo-policies.ts";
import { input } from "../policy/calls.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "mirror-paths-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const repo = join(root, "repo");
const home = join(root, "home");
const places: Places = {
  repo: [repo],
  home,
  tmp: [join(root, "scratch")],
  git: [join(repo, ".git")],
  mirror: [join(home, ".local/state/mirror")],
};

function put(path: string, text = "x\n"): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

for (const path of [
  "repo/.git/HEAD",
  "repo/.mirror/mirror.yaml",
  "repo/.claude/settings.json",
  "repo/.claude/commands/x.md",
  "repo/.github/hooks/a.json",
  "repo/.github/workflows/ci.yml",
  "repo/config/deep/.env",
  "repo/src/a.ts",
  "repo/src/b/c.ts",
  "repo/src/b/data.json",
  "repo/docs/a.md",
  "repo/linked/readme.md",
  "repo/away/readme.md",
  "repo/settings/settings.json",
  "home/.aws/credentials",
  "home/notes/a.txt",
]) {
  put(path);
}
symlinkSync(".claude", join(repo, "cl"));
symlinkSync(".claude/absent.json", join(repo, "nowhere"));
symlinkSync("../absent/x", join(repo, "docs/gone"));
symlinkSync(join(home, ".aws/credentials"), join(repo, "linked/plain.txt"));
symlinkSync(join(home, "notes"), join(repo, "away/notes"));

const policy = soloPolicies();

function verdict(command: string): string {
  const analysis = analyseCommand(command, { cwd: repo, places, world: thisMachine });
  return decide(input(analysis, { places }), policy).verdict;
}

describe("attacks on paths", () => {
  test.each([
    "ln -s .claude z",
    "ln -s .claude z; cp a z/settings.json",
    "ln -s .claude z && echo x > z/settings.json",
    "ln -s ../.claude src/z && echo x > src/z/settings.json",
    "ln -s .github/hooks z",
    "ln -s .git z",
    "ln -s .mirror z",
    "ln -s -t src ../.claude",
    "ln -s ~/.claude",
    "ln -sT ~/.codex z",
    "cp -s .claude z",
    "cp -as .claude z",
    "cp -l .claude/settings.json z",
    "cp -a cl z",
    "cp -P cl z && echo x > z/settings.json",
  ])("a link to what is guarded: %s", (command) => expect(verdict(command)).not.toBe("allow"));

  test.each([
    "cp -rT settings .",
    "cp -aT settings .",
    "cp -r --no-target-directory settings .",
    "mv -T settings .",
    "cp -rT settings .claude",
  ])("laid over a directory: %s", (command) => expect(verdict(command)).not.toBe("allow"));

  test.each(["echo x > nowhere", "echo x > docs/gone", "cp src/a.ts nowhere", "tee docs/gone < src/a.ts"])(
    "through a link that leads nowhere yet: %s",
    (command) => expect(verdict(command)).not.toBe("allow"),
  );

  test.each([
    "find . -name .env -exec cat {} \\;",
    "find config -type f -exec cat {} \\;",
    "find . -name '*env' -exec cat {} +",
    "fd -H .env -x cat",
    "fd -x cat",
    "cat **/.env",
    "cat **/.en?",
    "cp **/.env x",
    "grep . **/.env",
    "cat < **/.env",
  ])("secrets below: %s", (command) => expect(verdict(command)).not.toBe("allow"));

  test.each([
    "grep -R x linked",
    "rg -L x linked",
    "find -L linked -type f -exec cat {} +",
    "cp -rL linked x",
    "tar chf x.tar linked",
    "grep -R x away",
    "cp -rL away x",
  ])("links in what is read: %s", (command) => expect(verdict(command)).not.toBe("allow"));

  test.each([
    "ln -s src z",
    "ln -s src/b docs/b",
    "cp -a src lib",
    "cp -r .claude/commands lib",
    "cp -rT src lib",
    "cp --parents src/b/c.ts docs",
    "cp src/a.ts docs/",
    "mv src/a.ts src/d.ts",
    "echo x > docs/new.md",
    "echo x > /dev/null",
    "echo x > /dev/stderr",
    "rm docs/gone",
    "find src -name '*.ts' -exec cat {} +",
    "find . -name '*.ts' -exec grep -n x {} +",
    "cat src/**/*.ts",
    "cat src/**/*.json",
    "grep -rn x src docs",
    "rg x src",
    "rg x away",
    "git add away",
    "touch docs/b.md",
    "mkdir -p out/a/b",
    "find . -name '*.ts' -exec wc -l {} \\;",
    "cp -r src lib",
  ])("everyday: %s", (command) => expect(verdict(command)).toBe("allow"));
});
