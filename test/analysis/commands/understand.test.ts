import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../../src/analysis/commands/catalog.ts";
import { splitWords } from "../../../src/analysis/commands/wrappers.ts";
import type { Understanding } from "../../../src/analysis/understanding.ts";
import { unknownWord } from "../../../src/analysis/words.ts";
import type { Word } from "../../../src/model/command.ts";
import { machine } from "../machine.ts";
import { describeEffect, understandWords } from "./describe.ts";

const scripts = (found: Understanding): string[] =>
  found.runs.flatMap((run) => (run.kind === "script" ? [run.text] : []));
const seen = (found: Understanding): string[] => found.effects.map(describeEffect);

describe("package scripts", () => {
  const world = machine({
    "/repo/package.json": JSON.stringify({
      scripts: { test: "vitest run", pretest: "npm run build", posttest: "echo done", build: "tsc" },
    }),
    "/repo/sub/a.ts": "",
  });
  const at = (line: string, cwd = "/repo"): Understanding =>
    understandWords(splitWords(line), { cwd }, world);

  test("run with what comes before and after", () => {
    const found = at("npm test");
    expect(scripts(found)).toEqual(["npm run build", "vitest run", "echo done"]);
    expect(found.opaque).toEqual([]);
    expect(seen(found)).toEqual(["fs.read:/repo/package.json"]);
  });
  test("are found upward, and run where they stand", () => {
    const found = at("npm run build", "/repo/sub");
    expect(found.runs).toEqual([{ kind: "script", text: "tsc", cwd: "/repo" }]);
  });
  test("get further words, quoted", () => {
    expect(scripts(at("npm test -- -t 'a b'"))[1]).toBe("vitest run -t 'a b'");
    expect(scripts(at("yarn build --watch"))).toEqual(["tsc --watch"]);
  });
  test("that are not there are opaque", () => expect(at("npm run frob").opaque).not.toEqual([]));
});

describe("make", () => {
  const world = machine({
    "/repo/Makefile":
      "all: build test\n\nbuild: src\n\t@tsc -p .\n\ntest:\n\tvitest $(ARGS)\nclean:\n\trm -rf dist && echo $$HOME\n",
    "/repo/odd/Makefile": "X := $(shell date)\nall:\n\techo x\n",
  });
  const at = (line: string): Understanding => understandWords(splitWords(line), {}, world);

  test("runs the recipes of its targets", () => {
    expect(scripts(at("make"))).toEqual(["tsc -p .", `vitest $${"{MAKE_ARGS}"}`]);
    expect(scripts(at("make clean"))).toEqual(["rm -rf dist && echo $HOME"]);
    expect(at("make clean").opaque).toEqual([]);
  });
  test("is opaque where the Makefile works things out, or has no such target", () => {
    expect(at("make -C odd").opaque).not.toEqual([]);
    expect(at("make frob").opaque).not.toEqual([]);
    expect(at("make clean X=1").opaque).not.toEqual([]);
  });
});

test("just runs plain recipes", () => {
  const world = machine({
    "/repo/justfile": "default:\n  just --list\ntest:\n  @cargo test\nx a:\n  echo {{a}}\n",
  });
  expect(scripts(understandWords(["just", "test"], {}, world))).toEqual(["cargo test"]);
  expect(understandWords(["just", "x", "1"], {}, world).opaque).not.toEqual([]);
});

describe("scripts", () => {
  const world = machine({
    "/repo/a.sh": "#!/bin/bash\nrm x",
    "/repo/a.py": "#!/usr/bin/env python\n",
    "/tmp/x.sh": "#!/bin/sh\nid",
  });
  test("of the shell are looked into", () => {
    for (const line of ["./a.sh", "bash a.sh", "source a.sh", ". ./a.sh"]) {
      const found = understandWords(splitWords(line), {}, world);
      expect(scripts(found)).toEqual(["#!/bin/bash\nrm x"]);
      expect(seen(found)).toEqual(["fs.read:/repo/a.sh"]);
      expect(found.opaque).toEqual([]);
    }
  });
  test("of other languages are opaque", () =>
    expect(understandWords(["./a.py"], {}, world).opaque).not.toEqual([]));
  test("from elsewhere are riskier", () =>
    expect(understandWords(["/tmp/x.sh"], {}, world).risk.level).toBe("high"));
});

describe("standard input", () => {
  test("is run where it is known", () =>
    expect(scripts(understandWords(["sh"], { stdin: "rm x" }))).toEqual(["rm x"]));
  test("is critical where it is piped and not known", () => {
    const found = understandWords(["sh"], { piped: true });
    expect([found.risk.level, found.opaque.length]).toEqual(["critical", 1]);
  });
  test("gives xargs its words", () => {
    const [run] = understandWords(["xargs", "rm", "-f"], { stdin: "a b\nc", piped: true }).runs;
    expect(run).toMatchObject({ argv: ["rm", "-f", "a", "b", "c"] });
    const [each] = understandWords(["xargs", "-I{}", "cp", "{}", "x"], { stdin: "a\n", piped: true }).runs;
    expect(each).toMatchObject({ argv: ["cp", "a", "x"] });
  });
});

describe("environment", () => {
  const opaque = (line: string, ...variables: [string, Word][]): boolean =>
    understandWords(splitWords(line), { environment: new Map(variables) }).opaque.length > 0;
  test.each([
    ["git status", "GIT_DIR", "x", true],
    ["git status", "GIT_PAGER", "cat", false],
    ["git status", "GIT_SSH_COMMAND", "x", true],
    ["git commit", "GIT_AUTHOR_NAME", "x", false],
    ["git log", "PAGER", "less", false],
    ["git log", "PAGER", "sh -c id", true],
    ["ls", "LD_PRELOAD", "x", true],
    ["ls", "PATH", ".", true],
    ["ls", "GIT_DIR", "x", false],
    ["echo x", "LD_PRELOAD", "x", true],
    ["npm ls", "NODE_OPTIONS", "--max-old-space-size=4096", false],
    ["npm ls", "NODE_OPTIONS", "--require ./x", true],
    ["tar tf a", "TAR_OPTIONS", "x", true],
  ])("%s with %s=%s", (line, variable, value, expected) =>
    expect(opaque(line, [variable, value])).toBe(expected),
  );
});

describe("open words", () => {
  const open = unknownWord("$X", true);
  test("make a path unknown, a host unknown, a program unknown", () => {
    expect(seen(understandWords(["rm", open]))).toEqual(["fs.delete:unknown:$X"]);
    expect(seen(understandWords(["curl", open]))).toEqual(["net.connect:fetch:?"]);
    expect(understandWords([open, "x"]).opaque).toEqual(["depends on `$X`"]);
  });
  test("do no harm where words are only printed", () => {
    expect(understandWords(["echo", open])).toMatchObject({ opaque: [], effects: [] });
  });
  test("may be options", () => {
    expect(understandWords(["git", "log", open]).opaque).not.toEqual([]);
    expect(understandWords(["git", "reset", "--hard", open]).opaque).not.toEqual([]);
  });
});

describe("programs by their path", () => {
  test.each([
    ["/usr/bin/git", "git"],
    ["/opt/homebrew/bin/git", "git"],
    ["/bin/rm", "rm"],
    ["./git", "./git"],
    ["/home/ada/bin/git", "/home/ada/bin/git"],
    ["/usr/bin/../../tmp/git", "/usr/bin/../../tmp/git"],
  ])("%s is %s", (program, name) => expect(understandWords([program, "status"]).argv[0]).toBe(name));
});

test("find hands each command the tree it found, narrowed by name", () => {
  const world = machine({ "/repo/.env": "", "/repo/a.ts": "" });
  const [run] = understandWords(["find", ".", "-name", "*.ts", "-exec", "cat", "{}", "+"], {}, world).runs;
  const argv = run?.kind === "argv" ? run.argv : [];
  expect(seen(understandWords(argv, {}, world))).toEqual(["fs.read:tree:/repo"]);
  const [all] = understandWords(["find", ".", "-exec", "cat", "{}", ";"], {}, world).runs;
  const words = all?.kind === "argv" ? all.argv : [];
  expect(seen(understandWords(words, {}, world))).toContain("fs.read:tree:/repo");
});

test("a remote's host is read from the repository's settings", () => {
  const world = machine({ "/repo/.git/config": '[remote "origin"]\n\turl = git@github.com:a/b.git\n' });
  expect(seen(understandWords(["git", "push"], {}, world))).toEqual(["net.connect:send:github.com"]);
});

const names = catalog.flatMap((program) => program.names.split(/\s+/));
const option = fc.constantFrom(
  "-r",
  "-rf",
  "--",
  "-",
  "-c",
  "-e",
  "--force",
  "-o",
  "-C",
  "--x=y",
  "-exec",
  ";",
  "{}",
  ":::",
  "+x:y",
  "a=b",
);
const anyWord: fc.Arbitrary<Word> = fc.oneof(
  fc.string(),
  option,
  fc.constantFrom("x", ".env", "/", "~", "run", "delete", "push", "HEAD:.env", "https://a.b/c"),
  fc.constant(unknownWord("$X", true)),
  fc.constant({ text: "*.ts", parts: [null, ".ts"], many: true, glob: true }),
);

test("law: any words of any program are understood, and never for nothing", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(anyWord, { maxLength: 8 }),
      fc.boolean(),
      (name, words, piped) => {
        const found = understandWords([name, ...words], { piped });
        expect(found.argv.length).toBeGreaterThan(0);
        for (const effect of found.effects) {
          if (effect.resource.kind === "path" && effect.resource.shape !== "unknown") {
            expect(effect.resource.path).toMatch(/^\//);
          }
        }
        if (!found.isEffect) expect(found.opaque).toEqual([]);
      },
    ),
    { numRuns: 2_000 },
  );
});
