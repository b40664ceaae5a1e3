import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { decide } from "../../src/policy/decide.ts";
import { examplePlaces } from "../../src/policy/examples.ts";
import { input } from "../policy/calls.ts";

// The policies that `mirror init` writes let everyday tools through unasked. Each of these has an option, a language
// of its own or a list of files by which it does more than it looks like.

const directory = "templates/solo";
const files = new Map(
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(directory, file), readFileSync(file)]),
);
files.set(
  "agents/coder.yaml",
  Buffer.from("version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n"),
);
const { set, problems } = parsePolicySet(files, { unsigned: true });
if (set === null) throw new Error(JSON.stringify(problems));
const compiled = compilePolicySet(set);

function verdictOf(command: string): string {
  const analysis = analyseCommand(command, { cwd: "/repo", places: examplePlaces, world: noWorld });
  return decide(input(analysis, { places: examplePlaces }), compiled).verdict;
}

describe("attacks through everyday tools", () => {
  test.each([
    // A quote in a pattern or a comment hides nothing.
    `awk '/"/{system("id")} /"/' x`,
    `awk '# "\nBEGIN{system("id")} # "' x`,
    `awk 'BEGIN{while(("id")|getline x) print x}'`,
    `awk 'BEGIN{ARGV[1]="/etc/passwd";ARGC=2}{print}'`,
    `awk '{print > "/etc/x"}' x`,
    `awk '@include "x.awk"'`,
    "gawk -E evil.awk x",
    "gawk --profile=.mirror/x '{print}' x",
    "gawk --pretty-print=.git/hooks/x '{print}' x",
    "gawk --dump-variables=.claude/settings.json '{print}' x",
    "gawk -D '{print}' x",
  ])("%s", (command) => expect(verdictOf(command)).not.toBe("allow"));
});

describe("everyday calls of the same tools stay unasked", () => {
  test.each(["awk '{print $1}' x", "awk -F: '/foo/{print $2}' x", `awk '$3 > 5 {print "a -> b"}' x`])(
    "%s",
    (command) => expect(verdictOf(command)).toBe("allow"),
  );
});
