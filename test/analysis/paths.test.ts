import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathEffects, pathResource } from "../../src/analysis/paths.ts";
import { unknownWord } from "../../src/analysis/words.ts";
import { noWorld } from "../../src/analysis/world.ts";
import type { OpenWord } from "../../src/model/command.ts";
import { describeEffect, places } from "./commands/describe.ts";
import { machine } from "./machine.ts";

const nowhere = { places, world: noWorld };
const glob = (text: string): OpenWord => ({ text, parts: [null], many: true, glob: true });

describe("pathResource", () => {
  test.each([
    ["a", "/repo/a"],
    ["./a//b/../c", "/repo/a/c"],
    ["../x", "/x"],
    ["/a/./b/", "/a/b"],
    ["//etc/passwd", "/etc/passwd"],
    ["~", "/home/ada"],
    ["~/x", "/home/ada/x"],
    ["/", "/"],
  ])("%s is %s", (word, path) => {
    expect(pathResource(word, "/repo", nowhere)).toEqual({ kind: "path", shape: "exact", path, real: null });
  });

  test("a relative path below an unknown directory may be anywhere", () => {
    expect(pathResource("a", null, nowhere).shape).toBe("unknown");
    expect(pathResource("/a", null, nowhere).shape).toBe("exact");
  });

  test("somebody else's home is not guessed", () =>
    expect(pathResource("~bob/x", "/repo", nowhere).shape).toBe("unknown"));

  test("a pattern keeps its wildcards, a deep one is a tree, an open word is unknown", () => {
    expect(pathResource(glob("src/*.ts"), "/repo", nowhere)).toMatchObject({
      shape: "glob",
      path: "/repo/src/*.ts",
    });
    expect(pathResource(glob("src/**/*.ts"), "/repo", nowhere)).toMatchObject({
      shape: "tree",
      path: "/repo/src",
    });
    expect(pathResource(unknownWord("$X", false), "/repo", nowhere)).toMatchObject({
      shape: "unknown",
      path: "$X",
    });
  });

  test("links show in the real path", () => {
    const world = machine({ "/etc/passwd": "x" }, { "/repo/l": "/etc" });
    expect(pathResource("l/passwd", "/repo", { places, world }).real).toBe("/etc/passwd");
    expect(pathResource("a", "/repo", { places, world }).real).toBeNull();
  });

  test("law: normalising twice is normalising once", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = pathResource(text, "/repo", nowhere);
        if (once.shape !== "exact") return;
        expect(pathResource(once.path, "/repo", nowhere).path).toBe(once.path);
        expect(once.path).not.toMatch(/(^|\/)\.\.?(\/|$)|\/\/|.\/$/);
      }),
    );
  });
});

describe("pathEffects", () => {
  const risks = (
    action: "fs.read" | "fs.write" | "fs.delete",
    word: string,
    shape: "exact" | "tree" = "exact",
  ) =>
    pathEffects(action, word, "/repo", nowhere, shape).map(({ risk }) =>
      `${risk.level} ${risk.reasons.join(" ")}`.trim(),
    );

  test.each([
    ["fs.read", "a.ts", "exact", ["low"]],
    ["fs.read", ".env", "exact", ["high reads-secret"]],
    ["fs.read", "~/notes", "exact", ["medium outside-repository"]],
    ["fs.read", "/dev/null", "exact", []],
    ["fs.read", "~", "tree", ["high outside-repository reads-secret"]],
    ["fs.write", "a.ts", "exact", ["low changes-files"]],
    ["fs.write", "/etc/x", "exact", ["high changes-files outside-repository"]],
    ["fs.write", ".mirror/policies/x.yaml", "exact", ["critical changes-files changes-guard"]],
    ["fs.write", ".MIRROR/policies/x.yaml", "exact", ["critical changes-files changes-guard"]],
    ["fs.write", ".git/hooks/pre-commit", "exact", ["critical changes-files changes-guard"]],
    ["fs.write", ".claude/settings.local.json", "exact", ["critical changes-files changes-guard"]],
    [
      "fs.write",
      "~/.claude/settings.json",
      "exact",
      ["critical changes-files changes-guard outside-repository"],
    ],
    ["fs.write", "~/.bashrc", "exact", ["high changes-files outside-repository persistence"]],
    ["fs.write", "~/.ssh/authorized_keys", "exact", ["high changes-files outside-repository persistence"]],
    ["fs.write", ".github/workflows/ci.yml", "exact", ["medium changes-files persistence"]],
    ["fs.write", "/dev/sda", "exact", ["critical changes-files destroys-data outside-repository privilege"]],
    ["fs.delete", "build", "tree", ["low changes-files"]],
    ["fs.delete", "src", "tree", ["medium destroys-data"]],
    ["fs.delete", ".", "tree", ["critical changes-guard destroys-data"]],
    ["fs.delete", "/", "tree", ["critical changes-guard destroys-data outside-repository"]],
    ["fs.delete", "/tmp/x", "tree", ["low changes-files"]],
    ["fs.delete", "/tmp", "tree", ["critical destroys-data outside-repository"]],
  ] as const)("%s %s (%s)", (action, word, shape, expected) => {
    const found = risks(action, word, shape);
    expect(found.map(simplify)).toEqual(expected.map(simplify));
  });

  const simplify = (text: string): string =>
    text.startsWith("critical") ? text.replace(" changes-files", "") : text;

  test("what a pattern finds and hides is named", () => {
    const world = machine(
      { "/repo/a.txt": "", "/repo/prod.env": "", "/repo/sub/x": "" },
      { "/repo/l": "/etc/passwd" },
    );
    const found = pathEffects("fs.read", glob("*"), "/repo", { places, world });
    expect(found.map(describeEffect)).toEqual([
      "fs.read:glob:/repo/*",
      "fs.read:/repo/prod.env",
      "fs.read:/repo/l",
    ]);
    const deep = pathEffects("fs.delete", glob("*"), "/repo", { places, world }, "tree");
    expect(deep.map(describeEffect)).toContain("fs.delete:tree:/repo/sub");
  });

  test("a link out of the repository is outside", () => {
    const world = machine({ "/home/ada/.ssh/id_rsa": "k" }, { "/repo/innocent": "/home/ada/.ssh/id_rsa" });
    const [effect] = pathEffects("fs.read", "innocent", "/repo", { places, world });
    expect(effect?.risk).toEqual({ level: "high", reasons: ["outside-repository", "reads-secret"] });
  });
});
