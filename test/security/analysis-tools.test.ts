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
    `awk 'BEGIN{x="\\
";system("id");y=""}'`,
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
    // Names of files that only an option tells.
    "csplit -f .git/hooks/ x /a/",
    "csplit -f .mirror/x x /a/",
    "csplit -b ../../etc/x%d x /a/",
    "split -l 1 x .git/hooks/pre-",
    "split --additional-suffix=/../../x a b",
    "sed -i.git/hooks/* s/a/b/ x",
    "sed -i../evil/* s/a/b/ x",
    "sed --in-place=/tmp/* s/a/b/ x",
    "tree -o .git/hooks/pre-commit",
    "yq -s .name x.yaml",
    "yq -n 'load(\"/etc/passwd\")'",
    "yq -n 'load_str(\".env\")'",
    "yq 'strenv(TOKEN)' x.yaml",
    "jq -n '$ENV'",
    "jq -n env",
    "bc .env",
    "dc -e '!id'",
    "hostname -F .env",
    "file -f .env",
    "file -m .env x",
    // Lists of files.
    "xz --files=list",
    "xz --files0=list",
    "sort --files0-from=list",
    "wc --files0-from=list",
    "du --files0-from=list",
    "tar -cf a.tar -T list",
    "tar -cf a.tar --files-from=list",
    "zip a.zip -@",
    "zstd --filelist list",
    // Letters that are flags here and take values there.
    "od -c .env",
    "od -An -c .env",
    "od -tx1 .env",
    "hexdump -c .env",
    "hexdump -C .env",
    "paste -s .env",
    "fold -s .env",
    "tail -f .env",
    "strings -f .env",
    // Programs that options name.
    "zip -T -TT 'sh -c id' a.zip x",
    "zip -T --unzip-command 'sh -c id' a.zip x",
    "bat --pager='sh -c id' x",
    "env",
    "printenv",
    "npx vitest run --outputFile=.git/hooks/x",
    "vitest run --coverage.reportsDirectory=.mirror",
    "python -m pytest --basetemp=.mirror",
    "python3 -mpytest --basetemp=.mirror",
    "uv run pytest --basetemp=.mirror",
    "pytest -o cache_dir=.mirror",
    "python3 -m compileall .mirror",
    "cargo test --target-dir .git/hooks",
    "cargo build --target-dir=.mirror",
    "go test -coverprofile=.mirror/x ./...",
    "go build -o=.git/hooks/pre-commit .",
    "dotnet build -o .mirror",
    "swift build --scratch-path .mirror",
    "deno fmt .claude/settings.json",
    "zig build --prefix .mirror",
    "rollup -o.git/hooks/x",
    "gofmt -w .git/hooks/x",
    "clang-tidy --export-fixes=.git/hooks/x a.c",
    "make CC=evil test",
    "set",
    "printenv -0",
    "export -p",
  ])("%s", (command) => expect(verdictOf(command)).not.toBe("allow"));
});

describe("everyday calls of the same tools stay unasked", () => {
  test.each([
    "set -e",
    "set -euo pipefail",

    "python -m pytest -q",
    "python3 -m pytest tests/test_a.py::test_b",
    "prettier --write .",
    "ruff check --fix src",
    "tsc -p tsconfig.json",
    "vite build --outDir dist",
    "make -j4",
    "CI=1 npm test",
    "NODE_OPTIONS=--max-old-space-size=4096 npx vitest run",

    "csplit x /a/",
    "csplit -f out/p x /a/",
    "split -l 5 a part",
    "sed -i s/a/b/ x",
    "sed -i.bak s/a/b/ x",
    "tree src",
    "tree -L 2",
    "yq .name x.yaml",
    "yq -i '.a = 1' x.yaml",
    "jq .include tsconfig.json",
    "jq -r '.scripts | keys[]' package.json",
    "echo 1+1 | bc -l",
    "hostname",
    "hostname -f",
    "file x",
    "du -sh .",
    "sort -k2 -n x",
    "wc -l x",
    "tar czf out.tgz src",
    "zip -r a.zip src",
    "xz -k x",
    "head -n 5 x",
    "head -5 x",
    "tail -n 20 x",
    "cut -d, -f1 x",
    "paste -d, a b",
    "od -c x",
    "hexdump -C x",
    "od -A x -t x1z -N 16 x",
    "xxd -l 16 x",
    "column -t -s, x",
    "strings -n 8 x",
    "bat src/x.ts",
    "printenv PATH",
    "export A=1",
    "env A=1 ls",

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
