import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addExclude, removeExclude } from "../../src/git/exclude.ts";
import { scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";

const pattern = "/.claude/settings.local.json";

test.each(["", "# mine\n*.log\n", "no newline at the end", "windows\r\n*.tmp\r\n", "latin \xe9\n"])(
  "adding and removing a line keeps all else to the byte: %j",
  (content) => {
    const repository = scratchRepository({ commits: [] });
    const commonDir = join(repository.directory, ".git");
    const path = join(commonDir, "info/exclude");
    writeFileSync(path, content, "latin1");
    expect(addExclude(commonDir, pattern)).toBe(true);
    expect(addExclude(commonDir, pattern)).toBe(false);
    expect(readFileSync(path, "latin1").startsWith(content)).toBe(true);
    expect(repository.git("check-ignore", pattern.slice(1))).toBe(pattern.slice(1));
    expect(removeExclude(commonDir, pattern)).toBe(true);
    expect(removeExclude(commonDir, pattern)).toBe(false);
    expect(readFileSync(path, "latin1").replace(/\n$/, "")).toBe(content.replace(/\n$/, ""));
  },
);

test("makes the file where there is none, and takes a name that is not ASCII", () => {
  const repository = scratchRepository({ commits: [] });
  const commonDir = join(repository.directory, ".git");
  rmSync(join(commonDir, "info"), { recursive: true });
  expect(removeExclude(commonDir, "é")).toBe(false);
  expect(existsSync(join(commonDir, "info"))).toBe(false);
  expect(addExclude(commonDir, "é")).toBe(true);
  expect(addExclude(commonDir, "é")).toBe(false);
  expect(readFileSync(join(commonDir, "info/exclude"), "utf8")).toBe("é\n");
});

test("never writes through a link", () => {
  const repository = scratchRepository({ commits: [] });
  const commonDir = join(repository.directory, ".git");
  const victim = join(scratchDirectory(), "victim");
  writeFileSync(victim, "mine\n");
  rmSync(join(commonDir, "info/exclude"));
  symlinkSync(victim, join(commonDir, "info/exclude"));
  expect(() => addExclude(commonDir, pattern)).toThrow(
    expect.objectContaining({ code: "work-tree-conflict" }),
  );
  expect(readFileSync(victim, "utf8")).toBe("mine\n");
});
