import { describe, expect, test } from "vitest";
import { analyseTool } from "../../src/analysis/tools.ts";
import { noWorld, type World } from "../../src/analysis/world.ts";
import type { ToolCall, ToolInput } from "../../src/model/call.ts";
import { describeEffect, places } from "./commands/describe.ts";
import { machine } from "./machine.ts";

function effects(input: ToolInput, world: World = noWorld) {
  const call: ToolCall = {
    client: "claude-code",
    tool: "Tool",
    session: "s",
    callId: null,
    cwd: "/repo/src",
    subagent: null,
    unattended: null,
    timeout: 0,
    inBackground: false,
    contents: [],
    input,
    raw: "{}",
  };
  return analyseTool(call, { places, world });
}

test.each<[ToolInput, string[]]>([
  [{ kind: "read", path: "a" }, ["fs.read:/repo/src/a"]],
  [{ kind: "read", path: "~/.ssh/id_rsa" }, ["fs.read:/home/ada/.ssh/id_rsa"]],
  [{ kind: "write", path: "/repo/a" }, ["fs.write:/repo/a"]],
  [{ kind: "edit", path: "a" }, ["fs.read:/repo/src/a", "fs.write:/repo/src/a"]],
  [{ kind: "fetch", url: "https://u:p@Example.COM:8443/x" }, ["net.connect:fetch:example.com"]],
  [{ kind: "web-search" }, ["net.connect:fetch:web-search"]],
  [{ kind: "mcp", server: "s", tool: "t" }, ["mcp.call"]],
  [{ kind: "spawn", type: "reviewer" }, ["agent.spawn"]],
  [{ kind: "inert" }, ["model.call"]],
  [{ kind: "unknown" }, ["unknown"]],
  [{ kind: "write", path: "/dev/null" }, ["model.call"]],
])("%j", (input, expected) => {
  expect(effects(input).map(describeEffect)).toEqual(expected);
});

test("only an unknown tool and an address without a host are opaque", () => {
  expect(effects({ kind: "unknown" })[0]?.opaque).not.toEqual([]);
  expect(effects({ kind: "fetch", url: "nonsense://" })[0]?.opaque).not.toEqual([]);
  expect(effects({ kind: "inert" })[0]?.opaque).toEqual([]);
});

describe("a search", () => {
  const files = {
    "/repo/.gitignore": ".env\n!keep.env\n",
    "/repo/.env": "x",
    "/repo/src/a.ts": "",
    "/repo/src/prod.env": "",
    "/repo/node_modules/x/.env": "",
    "/repo/sub/.gitignore": "*.pem\n",
    "/repo/sub/a.pem": "",
    "/repo/sub/b.key": "",
  };
  const search = (pattern: string | null, reads = true) =>
    effects({ kind: "search", path: "/repo", pattern, reads }, machine(files)).map(describeEffect);

  test("names the secrets that no ignore file leaves out", () => {
    expect(search(null)).toEqual([
      "fs.read:tree:/repo",
      "fs.read:/repo/src/prod.env",
      "fs.read:/repo/sub/b.key",
    ]);
  });
  test("looks only at what its pattern finds", () =>
    expect(search("**/*.ts")).toEqual(["fs.read:tree:/repo"]));
  test("for names alone reads no content", () => expect(search(null, false)).toEqual(["fs.read:tree:/repo"]));
  test("with braces in its pattern is taken to find everything", () =>
    expect(search("*.{ts,key}")).toHaveLength(3));
});

test("a tree with more files than may be listed is opaque", () => {
  const entries = Array.from({ length: 20_001 }, (_, index) => ({
    name: `f${index}`,
    kind: "file" as const,
  }));
  const world: World = { ...noWorld, list: () => entries };
  const [effect] = effects({ kind: "search", path: "/repo", pattern: null, reads: true }, world);
  expect(effect?.opaque).toHaveLength(1);
});
