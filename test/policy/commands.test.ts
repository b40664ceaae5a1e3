import { describe, expect, test } from "vitest";
import type { Word } from "../../src/model/command.ts";
import { parseCommandPattern } from "../../src/model/command-pattern.ts";
import { commandMatches } from "../../src/policy/command-match.ts";
import { flagsMatch } from "../../src/policy/flags.ts";
import type { Reading } from "../../src/policy/reading.ts";
import { open } from "./calls.ts";

function matches(pattern: string, command: string | readonly Word[], reading: Reading): boolean {
  const parsed = parseCommandPattern(pattern);
  if (typeof parsed === "string") throw new Error(parsed);
  return commandMatches(parsed, typeof command === "string" ? command.split(" ") : command, reading);
}

describe("a command pattern", () => {
  test.each([
    ["npm test", "npm test", true],
    ["npm test", "npm test -- --watch", false],
    ["npm test ...", "npm test -- --watch", true],
    ["npm test ...", "npm test", true],
    ["git {status,diff,log} ...", "git log -3", true],
    ["git {status,diff,log} ...", "git push", false],
    ["npm run build:*", "npm run build:all", true],
    ["npm run {build,test}{,:*}", "npm run test", true],
    ["npm run {build,test}{,:*}", "npm run testing", false],
    ["git push ... --force ...", "git push origin main --force", true],
    ["git push ... +* ...", "git push origin +main", true],
    ["... main", "git push origin main", true],
    ["find . -exec {} ;", "find . -exec {} ;", true],
    ["ls *", "ls a/b/c", true],
    ["ls ?", "ls ab", false],
    ["echo \\*", "echo *", true],
    ["echo \\*", "echo a", false],
  ])("%s matches `%s`: %s", (pattern, command, expected) => {
    for (const reading of ["covers", "touches", "proves"] as const) {
      expect(matches(pattern, command, reading)).toBe(expected);
    }
  });

  test("allows only words that are spelled out; `...` takes any", () => {
    expect(matches("npm run *", ["npm", "run", open([null])], "covers")).toBe(false);
    expect(matches("npm run ...", ["npm", "run", open([null])], "covers")).toBe(true);
    expect(matches("git ...", [open([null]), "x"], "covers")).toBe(false);
  });

  test("denies what an open word may be", () => {
    expect(matches("git push --force", ["git", "push", open([null])], "touches")).toBe(true);
    expect(matches("git push --force", ["git", "push", open(["--", null])], "touches")).toBe(true);
    expect(matches("git push --force", ["git", "push", open(["a", null])], "touches")).toBe(false);
    expect(matches("git push --force", ["git", "push", open([null])], "proves")).toBe(false);
    expect(matches("git push --force", ["git", open([null], true)], "touches")).toBe(true);
    expect(matches("git push --force", ["git", open([null])], "touches")).toBe(false);
    expect(matches("git push", ["git", open([null], true), "push"], "touches")).toBe(true);
    expect(matches("git push", [open([null])], "touches")).toBe(false);
    expect(matches("git push", [open([null], true)], "touches")).toBe(true);
    expect(matches("git add -f ...", ["git", "add", open([null, ".ts"], true, true)], "touches")).toBe(false);
  });

  test("denies a program by any path and case, allows it by its name alone", () => {
    expect(matches("git push", ["/opt/bin/git", "push"], "touches")).toBe(true);
    expect(matches("git push", ["GIT", "push"], "proves")).toBe(true);
    expect(matches("git push", ["./git", "push"], "covers")).toBe(false);
    expect(matches("./gradlew build", ["./gradlew", "build"], "covers")).toBe(true);
  });

  test.each([
    ["", "empty"],
    ["a && b", "joins commands"],
    ["git commit -m 'x'", "quotes"],
    ["git {a,b", "not closed"],
  ])("`%s` is refused: %s", (pattern, why) => {
    expect(parseCommandPattern(pattern)).toContain(why);
  });
});

describe("flags", () => {
  const any = (flags: readonly string[], command: string | readonly Word[], reading: Reading): boolean =>
    flagsMatch(
      { any: flags, none: null },
      typeof command === "string" ? command.split(" ") : command,
      reading,
    );
  const none = (flags: readonly string[], command: string | readonly Word[], reading: Reading): boolean =>
    flagsMatch(
      { any: null, none: flags },
      typeof command === "string" ? command.split(" ") : command,
      reading,
    );

  test.each([
    ["-f", "rm -f x", true, true],
    ["-f", "rm -rf x", true, false],
    ["-r", "rm -rf x", true, true],
    ["-f", "rm -- -f", false, false],
    ["-f", "git commit --fixup x", false, false],
    ["--force", "git push --force", true, true],
    ["--force", "git push --force=x", true, true],
    ["--force", "git push --forc", true, false],
    ["--force", "git push --force-with-lease", false, false],
    ["--force", "git push -f", false, false],
    ["-delete", "find . -delete", true, true],
    ["-delete", "find . -depth", false, false],
  ])("%s in `%s`: may be %s, surely %s", (flag, command, maybe, surely) => {
    expect(any([flag], command, "touches")).toBe(maybe);
    expect(any([flag], command, "covers")).toBe(surely);
    // An allow wants the flag away for certain, a deny lets go only where it is there for certain.
    expect(none([flag], command, "covers")).toBe(!maybe);
    expect(none([flag], command, "touches")).toBe(!surely);
  });

  test("may hide in open words", () => {
    const command = ["git", "push", open([null])];
    expect(any(["--force"], command, "touches")).toBe(true);
    expect(any(["--force"], command, "proves")).toBe(false);
    expect(any(["--force"], command, "covers")).toBe(false);
    expect(none(["--force"], command, "covers")).toBe(false);
    expect(none(["--force"], command, "touches")).toBe(true);
    expect(any(["-f"], ["rm", open(["-", null])], "touches")).toBe(true);
    expect(any(["-f"], ["rm", open(["a", null])], "touches")).toBe(false);
    expect(any(["-f"], ["rm", open([null, ".ts"], true, true)], "touches")).toBe(true);
  });
});
