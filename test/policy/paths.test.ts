import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePathPattern } from "../../src/model/path-pattern.ts";
import { PathTrie } from "../../src/policy/path-trie.ts";
import { path, places } from "./calls.ts";

const repo = "/home/ada/repo";

function trie(...patterns: string[]): PathTrie {
  const built = new PathTrie();
  patterns.forEach((text, id) => {
    const parsed = parsePathPattern(text);
    if (typeof parsed === "string") throw new Error(parsed);
    for (const pattern of parsed) built.add(pattern, id);
  });
  return built;
}

const covers = (pattern: string, ...resource: Parameters<typeof path>): boolean =>
  trie(pattern)
    .covers(path(...resource), places)
    .includes(0);
const touches = (pattern: string, ...resource: Parameters<typeof path>): string =>
  trie(pattern)
    .touches(path(...resource), "fs.read", places)
    .get(0) ?? "no";
const deletes = (pattern: string, ...resource: Parameters<typeof path>): string =>
  trie(pattern)
    .touches(path(...resource), "fs.delete", places)
    .get(0) ?? "no";

describe("a path pattern", () => {
  test.each([
    ["src/**", `${repo}/src/a/b.ts`, true],
    ["src/**", `${repo}/src`, true],
    ["src/**", `${repo}/srcs/a`, false],
    ["**/*.ts", `${repo}/a.ts`, true],
    ["**/*.ts", `${repo}/x/y/a.ts`, true],
    ["**", `${repo}/.env`, true],
    ["*", `${repo}/.env`, true],
    ["*", `${repo}/a/b`, false],
    [".", repo, true],
    ["src/*/x", `${repo}/src/a/x`, true],
    ["src/**/x", `${repo}/src/x`, true],
    ["src/**/x", `${repo}/src/a/b/x`, true],
    ["src/[ab]?.ts", `${repo}/src/a1.ts`, true],
    ["src/[!ab]*", `${repo}/src/a1.ts`, false],
    ["{src,lib}/{a,b}.ts", `${repo}/lib/b.ts`, true],
    ["**", "/home/ada/other/x", false],
    ["**", "/home/ada/repository/x", false],
    ["~/.ssh/**", "/home/ada/.ssh/id", true],
    ["~/repo/src/**", `${repo}/src/a`, true],
    ["$TMPDIR/**", "/tmp/x", true],
    ["$GIT_DIR/config", `${repo}/.git/config`, true],
    ["$MIRROR_HOME/keys/**", "/home/ada/.local/state/mirror/keys/a", true],
    ["/etc/**", "/etc/passwd", true],
    ["/**/.env", `${repo}/sub/.env`, true],
    ["\\[id\\].ts", `${repo}/[id].ts`, true],
    ["Readme.md", `${repo}/README.md`, false],
  ])("%s covers %s: %s", (pattern, at, expected) => {
    expect(covers(pattern, at)).toBe(expected);
    if (expected) expect(touches(pattern, at)).toBe("surely");
  });

  test("needs the name and the real path to allow, and either of them to deny", () => {
    expect(covers("src/**", `${repo}/src/a`, "exact", "/etc/passwd")).toBe(false);
    expect(covers("{src,lib}/**", `${repo}/src/a`, "exact", `${repo}/lib/a`)).toBe(true);
    expect(touches("/etc/**", `${repo}/src/a`, "exact", "/etc/passwd")).toBe("surely");
    expect(touches("src/**", `${repo}/src/a`, "exact", "/etc/passwd")).toBe("surely");
  });

  test("denies by any spelling that some file system takes for the name", () => {
    expect(touches(".mirror/**", `${repo}/.MIRROR/x`)).toBe("surely");
    expect(touches(".Git/[A-Z]*", `${repo}/.git/hooks`)).toBe("surely");
    expect(touches(".git/**", `${repo}/.g\u200Cit/hooks`)).toBe("surely");
    expect(touches("caf\u00E9", `${repo}/cafe\u0301`)).toBe("surely");
    expect(covers(".mirror/**", `${repo}/.MIRROR/x`)).toBe(false);
  });

  test("covers a shell wildcard only by one that is everything, and meets it where both may match", () => {
    expect(covers("src/*", `${repo}/src/*.ts`, "glob")).toBe(true);
    expect(covers("src/**", `${repo}/src/*/x`, "glob")).toBe(true);
    expect(covers("src/*.ts", `${repo}/src/*`, "glob")).toBe(false);
    expect(touches("src/*.ts", `${repo}/src/a*`, "glob")).toBe("surely");
    expect(touches("src/*.ts", `${repo}/src/*.js`, "glob")).toBe("no");
    expect(touches("**/.env*", `${repo}/*`, "glob")).toBe("no");
    expect(touches("**/.env*", `${repo}/.e*`, "glob")).toBe("surely");
    expect(touches("~/.ssh/**", "/home/*/.ssh/x", "glob")).toBe("surely");
    expect(touches(".env", `${repo}/.E*`, "glob")).toBe("surely");
  });

  test("covers a tree only with all of it, and meets it where it leads inside", () => {
    expect(covers("src/**", `${repo}/src`, "tree")).toBe(true);
    expect(covers("**", `${repo}/src`, "tree")).toBe(true);
    expect(covers("src/*", `${repo}/src`, "tree")).toBe(false);
    expect(covers("src/**/x", `${repo}/src`, "tree")).toBe(false);
    expect(covers("src/**", repo, "tree")).toBe(false);
    expect(touches("config/secrets/**", `${repo}/config`, "tree")).toBe("surely");
    expect(touches("config/secrets/**", `${repo}/config/secrets/a`, "tree")).toBe("surely");
    expect(touches("config/secrets/**", `${repo}/src`, "tree")).toBe("no");
    expect(touches("config/secrets/**", repo, "tree")).toBe("maybe");
    expect(touches("config/*/x", `${repo}/config/a`, "tree")).toBe("surely");
    expect(touches("**/.env", `${repo}/src`, "tree")).toBe("no");
    expect(touches("**/.env", `${repo}/src/.env`, "tree")).toBe("surely");
    expect(touches("**/.git/hooks/**", `${repo}/sub/.git`, "tree")).toBe("surely");
    expect(touches("**", "/home/ada", "tree")).toBe("maybe");
    expect(touches("$MIRROR_HOME/**", "/home/ada", "tree")).toBe("maybe");
    expect(touches("$MIRROR_HOME/**", "/home/bob", "tree")).toBe("no");
  });

  test("is deleted with the directory that holds it", () => {
    expect(deletes(".mirror/**", repo)).toBe("surely");
    expect(deletes("**/.claude/settings.json", `${repo}/.claude`)).toBe("surely");
    expect(deletes("**/.claude/settings.json", `${repo}/.c*`, "glob")).toBe("surely");
    expect(deletes(".mirror/**", `${repo}/src`)).toBe("no");
  });

  test("of an unknown path covers nothing and may be anything", () => {
    expect(covers("/**", "$x", "unknown")).toBe(false);
    expect(touches("a/b", "$x", "unknown")).toBe("maybe");
  });

  test.each([
    ["", "empty"],
    ["a//b", "empty segment"],
    ["src/", "ends in"],
    ["a/../b", "`..`"],
    ["a**/b", "whole segment"],
    ["$HOME/x", "not known"],
    ["~bob/x", "~name"],
    ["{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "256"],
  ])("%s is refused: %s", (pattern, why) => {
    expect(parsePathPattern(pattern)).toContain(why);
  });
});

// The same meaning, written the slow and obvious way.
function naive(pattern: readonly string[], segments: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return segments.length === 0;
  if (first === "**") return segments.some((_, at) => naive(rest, segments.slice(at))) || naive(rest, []);
  const [segment, ...more] = segments;
  if (segment === undefined) return false;
  const source = first
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(segment) && naive(rest, more);
}

const name = fc.stringMatching(/^[ab.]{1,3}$/).filter((text) => text !== "." && text !== "..");
const patternSegment = fc.oneof(
  name,
  fc.constant("**"),
  fc.stringMatching(/^[ab.?]{0,2}\*[ab]{0,1}$/).filter((text) => text !== "."),
);

describe("the trie", () => {
  test("agrees with matching pattern by pattern", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(patternSegment, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }),
        fc.array(name, { minLength: 1, maxLength: 4 }),
        (patterns, segments) => {
          const built = trie(...patterns.map((pattern) => pattern.join("/")));
          const resource = path(`${repo}/${segments.join("/")}`);
          const expected = patterns.flatMap((pattern, id) => (naive(pattern, segments) ? [id] : []));
          expect([...built.covers(resource, places)].sort((a, b) => a - b)).toEqual(expected);
          expect([...built.touches(resource, "fs.read", places).keys()].sort((a, b) => a - b)).toEqual(
            expected,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test("meets a shell wildcard whenever it matches a path that the wildcard finds", () => {
    const wildcard = fc.oneof(name, fc.stringMatching(/^[ab]{0,1}\*[ab]{0,1}$/));
    fc.assert(
      fc.property(
        fc.array(patternSegment, { minLength: 1, maxLength: 3 }),
        fc.array(wildcard, { minLength: 1, maxLength: 3 }),
        fc.array(name, { minLength: 1, maxLength: 3 }),
        (pattern, wildcards, segments) => {
          const finds =
            naive(wildcards, segments) &&
            segments.every((segment, at) => !segment.startsWith(".") || wildcards[at]?.startsWith("."));
          const built = trie(pattern.join("/"));
          const resource = path(`${repo}/${wildcards.join("/")}`, "glob");
          const found = path(`${repo}/${segments.join("/")}`);
          if (finds && built.touches(found, "fs.read", places).has(0)) {
            expect(built.touches(resource, "fs.read", places).has(0)).toBe(true);
          }
          if (finds && built.covers(resource, places).includes(0)) {
            expect(built.covers(found, places).includes(0)).toBe(true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
