import { expect, test } from "vitest";
import { scratchRepository } from "../fixtures/scratch-repository.ts";

test("a scratch repository has a branch main, a fixed identity and nothing from outside", () => {
  const repository = scratchRepository({
    commits: [
      { files: { "a.txt": "a\n", "b/c.txt": "c\n" } },
      { message: "second", files: { "a.txt": null } },
    ],
  });
  expect(repository.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
  expect(repository.git("log", "--format=%s by %an at %at")).toBe(
    "second by Ada Test at 1767225600\na commit by Ada Test at 1767225600",
  );
  expect(repository.git("ls-tree", "-r", "--name-only", "HEAD")).toBe("b/c.txt");
  expect(repository.git("config", "--list", "--show-scope")).not.toMatch(/^(system|global)/m);
});

test("no commits: the branch is unborn", () => {
  const repository = scratchRepository({ commits: [] });
  expect(repository.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
  expect(() => repository.git("rev-parse", "--verify", "HEAD")).toThrow();
});
