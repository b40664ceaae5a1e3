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
    // What runs other programs is not let through for its name.
    "c8 sh evil.sh",
    "npx c8 node evil.js",
    "nyc node evil.js",
    "nx run evil",
    "turbo run evil",
    "cmake -E rm -rf src",
    "cmake -P evil.cmake",
    "coverage run evil.py",
    "python3 -m coverage run evil.py",
    "make test evil",
    "make test SHELL=./evil",
    "make -C /tmp/evil test",
    "make -f evil.mk test",
    "just test evil",
    "gradle test evil",
    "gradle test -I evil.gradle",
    "mvn test -Dexec.executable=sh exec:exec",
    "npm run test-evil",
    "npm run build-evil",
    "npm test --prefix /tmp/evil",
    "npm run test --prefix /tmp/evil",
    "npm test --script-shell=./evil",
    "node --test --import data:text/javascript,1",
    "node --test --import=./evil.mjs",
    "node --test -r ./evil.cjs",
    "node --test -e 1",
    "NODE_OPTIONS=--require=./evil.cjs vitest run",
    "MAKEFLAGS=--eval=x make test",
    // Where a tool writes is seen, whatever the option is called.
    "esbuild --outfile=.git/hooks/pre-commit x.js",
    "tsc --outFile .claude/settings.json",
    "tsc --outFile=.claude/settings.json",
    "eslint -o .mirror/x src",
    "eslint -o.mirror/x src",
    "eslint --output-file=.mirror/x src",
    "pytest --basetemp=.mirror",
    "pytest --junitxml=.git/hooks/x",
    "prettier --write .claude/settings.json",
    "npx prettier --write .claude/settings.json",
    "vite build --outDir /root",
    "ruff check --output-file .git/config",
    "cmake -E copy x .git/hooks/pre-commit",
    "cmake -E cat .env",
    "cmake -E env sh evil.sh",
    "go env -w CC=./evil",
    "go list -toolexec ./evil ./...",
    "go vet -vettool=./evil ./...",
    "go test -exec ./evil ./...",
  ])("%s", (command) => expect(verdictOf(command)).not.toBe("allow"));
});

describe("everyday calls of the same tools stay unasked", () => {
  test.each([
    "npm test",
    "npm run test:unit",
    "npm run build",
    "npx vitest run",
    "npx tsc --noEmit",
    "eslint src",
    "prettier --write src",
    "pytest -q",
    "make",
    "make test",
    "make -j8 test",
    "gradle build",
    "mvn clean verify",
    "node --test",
    "coverage report",
    "cargo test",
    "go test ./...",
    "PYTHONPATH=src pytest",
    "eslint -o report.json src",
    "go list ./...",
    "go vet ./...",
    "go env GOPATH",
    "awk '{print $1}' x",
    "awk -F: '/foo/{print $2}' x",
    `awk '$3 > 5 {print "a -> b"}' x`,
  ])("%s", (command) => expect(verdictOf(command)).toBe("allow"));
});
