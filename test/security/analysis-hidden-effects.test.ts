import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { decide } from "../../src/policy/decide.ts";
import { examplePlaces as places } from "../../src/policy/examples.ts";
import { machine } from "../analysis/machine.ts";
import { soloPolicies } from "../fixtures/solo-policies.ts";
import { input } from "../policy/calls.ts";

// Commands that hide what they do, each of which must be stopped: its effect is seen, or the call is opaque. They are
// decided by the policies of `templates/solo`, which let everyday work through; nothing is run.

const world = machine(
  {
    "/repo/package.json": '{"scripts":{"test":"vitest run"}}',
    "/repo/.env": "A=1",
    "/repo/.mirror/mirror.yaml": "version: 1",
    "/repo/.mirror/policies/base.yaml": "version: 1",
    "/repo/.claude/settings.json": "{}",
    "/repo/.git/config": "",
    "/repo/conf.txt": "x",
    "/repo/config/.env": "A=1",
    "/repo/src/a.ts": "x",
    "/repo/x": "t",
    "/repo/s.sh": "echo hi\n",
    "/home/you/.ssh/id_rsa": "k",
    "/home/you/.claude/settings.json": "{}",
    "/tmp/z": "x",
    "/other/plain/a": "x",
  },
  {
    "/repo/link-settings": "/repo/.claude/settings.json",
    "/repo/linkdir": "/repo/.claude",
    "/repo/lmirror": "/repo/.mirror",
    "/repo/src/plain": "/other/plain",
  },
);

const compiled = soloPolicies();

function verdictOf(command: string): string {
  const analysis = analyseCommand(command, { cwd: "/repo", places, world });
  return decide(input(analysis, { places }), compiled).verdict;
}

const strictness = ["allow", "ask", "deny"];

describe("hidden effects", () => {
  const lines = readFileSync(new URL("../vectors/hidden.txt", import.meta.url), "utf8")
    .trimEnd()
    .split("\n");

  it.each(["deny", "ask"])("what must be stopped by %s is", (least) => {
    const commands = lines
      .filter((line) => line.startsWith(`${least}\t`))
      .map((line) => line.slice(least.length + 1));
    expect(commands.length).toBeGreaterThan(400);
    const weaker = commands.filter((one) => strictness.indexOf(verdictOf(one)) < strictness.indexOf(least));
    expect(weaker).toEqual([]);
  });

  it.each([
    ["deny", "find . -name 'conf*' -exec grep -r x {} +"],
    ["deny", "grep -r x conf*"],
    ["allow", "find . -name '*.ts' -exec grep -n x {} +"],
    ["ask", "rg -L x src"],
    ["ask", "rg --follow x src"],
    ["allow", "rg x src"],
    ["ask", "x=$(cat <<E\nE\ncat; test -f .env)"],
    ["ask", "cat <( cat <<E\na\nE\nif true; then echo 1; echo 2; fi\n)"],
    ["allow", "git commit -m \"$(cat <<'EOF'\nfix: a thing\n\nwhy; and how\nEOF\n)\""],
    ["ask", "sed '1i\\\na\n;w .mirror/x' x"],
    ["allow", "sed '1i\\\nhello; w x' x"],
    ["allow", "sed -n '/a/,/b/{s|x|y|g;p}' x"],
    ["allow", "date -d yesterday +%s"],
    ["allow", "gh api /repos/a/b"],
  ])("%s: %s", (verdict, command) => {
    expect(verdictOf(command)).toBe(verdict);
  });
});

describe("a stash that would take mirror's hooks away", () => {
  const settings = '{"hooks":{"PreToolUse":[{"hooks":[{"command":"mirror-hook claude-code coder"}]}]}}';
  const shared = machine({ "/repo/.claude/settings.json": settings, "/repo/a": "" });
  const opaque = (command: string, on: typeof world) =>
    analyseCommand(command, { cwd: "/repo", places, world: on }).effects.some(
      (effect) => effect.opaque.length > 0,
    );

  it.each(["git stash", "git stash push -m x", "git stash -u", "git -C . stash save x"])(
    "%s is asked about",
    (command) => {
      expect(opaque(command, shared)).toBe(true);
      expect(opaque(command, world)).toBe(false);
    },
  );

  it("of other files is not", () => {
    expect(opaque("git stash push a", shared)).toBe(false);
  });
});
