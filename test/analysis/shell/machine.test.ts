import { describe, expect, it } from "vitest";
import type { Invocation } from "../../../src/analysis/understanding.ts";
import { analyse, render, worldOf } from "./render.ts";
import { standIn } from "./stand-in.ts";

/** The invocations that a text leads to. */
function invocations(text: string, world = worldOf([])): Invocation[] {
  const seen: Invocation[] = [];
  analyse(text, world, (invocation, surroundings) => {
    seen.push(invocation);
    return standIn(invocation, surroundings);
  });
  return seen;
}

describe("directories", () => {
  const world = worldOf(["/repo/src", "/tmp/a"]);

  it("a directory that is there is entered for certain", () => {
    expect(invocations("cd src; rm x", world).map((one) => one.cwd)).toEqual(["/repo/src"]);
  });

  it("unless something before may have taken it away", () => {
    const text = "echo > /tmp/a; cd /tmp/a; rm x";
    expect(invocations(text, world).map((one) => one.cwd)).toEqual([null]);
  });

  it("a directory that is not there is entered only where success is sure", () => {
    expect(invocations("cd no && ls; rm x", world).map((one) => one.cwd)).toEqual(["/repo/no", null]);
    expect(invocations("cd no || exit 1; rm x", world).map((one) => one.cwd)).toEqual(["/repo/no"]);
    expect(invocations("cd no || { echo failed; exit 1; }; rm x", world).map((one) => one.cwd)).toEqual([
      "/repo/no",
    ]);
  });

  it("a link is followed for paths, and not for `..`", () => {
    const linked = { ...world, realPath: (path: string) => path.replace(/^\/repo\/link/, "/etc/conf") };
    const seen = invocations("cd link && a && cd .. && b", linked);
    expect(seen.map((one) => one.cwd)).toEqual(["/etc/conf", "/repo"]);
  });
});

describe("sourced files", () => {
  it("are read, and run in this shell", () => {
    const world = worldOf([], { "/repo/lib.sh": "x=a\nf() { rm $1; }\nreturn\nrm z" });
    expect(render(analyse(". ./lib.sh; f $x", world))).toEqual([
      ". ./lib.sh | r:/repo/lib.sh",
      ">return",
      ">rm z",
      "rm a",
    ]);
  });

  it("are not read from the gate's own descriptors", () => {
    const world = worldOf([], { "/dev/fd/63": "ls" });
    expect(render(analyse("source <(rm x)", world))[1]).toContain("is not a text mirror can read");
  });
});

describe("what a program is given", () => {
  it("assignments before it, exports, and open values for what may be exported", () => {
    const [seen] = invocations("export A=1; B=2; C=3 npm test");
    expect([...(seen?.environment ?? [])]).toEqual([
      ["A", "1"],
      ["B", { text: "$B", parts: [null], many: false, glob: false }],
      ["C", "3"],
    ]);
  });

  it("standard input where it is known", () => {
    const known = (text: string) => invocations(text).map((one) => [one.stdin, one.piped]);
    expect(known("a <<< hi")).toEqual([["hi\n", true]]);
    expect(known("a <<'E'\n$x\nE")).toEqual([["$x\n", true]]);
    expect(known("x=1; a <<E\n$x\nE")).toEqual([["1\n", true]]);
    expect(known("echo hi | a")).toEqual([["hi\n", true]]);
    expect(known("a < f")).toEqual([[null, true]]);
    expect(known("a")).toEqual([[null, false]]);
    expect(known("{ a; b; } <<< hi")).toEqual([
      [null, true],
      [null, true],
    ]);
  });
});

describe("limits", () => {
  it.each([
    ["commands", "a;".repeat(3_000)],
    ["nesting", `${"$(".repeat(40)}a${")".repeat(40)}`],
    ["substitutions in strings", `${'"$('.repeat(300)}a${')"'.repeat(300)}`],
    ["loops", `${"for a in {1..30}; do ".repeat(6)}x; ${"done; ".repeat(6)}`],
    [
      "braces",
      "echo {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}; $x",
    ],
    ["length", `echo ${"a".repeat(300_000)}`],
    ["subshells", `${"(".repeat(400)}a${")".repeat(400)}`],
  ])("too much %s is opaque and soon over", (_, text) => {
    const started = performance.now();
    const { effects } = analyse(text);
    expect(effects.some((effect) => effect.opaque.length > 0)).toBe(true);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
