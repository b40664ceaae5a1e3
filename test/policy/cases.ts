import { analyse, analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import type { ToolCall, ToolInput } from "../../src/model/call.ts";
import type { Analysis } from "../../src/model/effect.ts";
import type { DecisionCase } from "../../src/model/policy-set.ts";
import { examplePlaces } from "../../src/policy/examples.ts";

/** Analyses a case of a decision table on a machine about which nothing is known. */
export function analyseCase(test: DecisionCase): Analysis {
  if (test.tool === null) {
    return analyseCommand(test.command ?? "", { cwd: "/repo", places: examplePlaces, world: noWorld });
  }
  const call: ToolCall = {
    client: "claude-code",
    tool: test.tool.name,
    session: "s",
    callId: null,
    cwd: "/repo",
    subagent: null,
    unattended: null,
    timeout: 0,
    inBackground: false,
    contents: [],
    input: toolInput(test.tool.name, test.tool.input),
    raw: "{}",
  };
  return analyse(call, examplePlaces, noWorld);
}

// The client's dialect does this for real; here it would be an import from a room beside this one.
function toolInput(name: string, input: Readonly<Record<string, unknown>>): ToolInput {
  const text = (key: string): string => String(input[key]);
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  if (server !== undefined && tool !== undefined) return { kind: "mcp", server, tool };
  switch (name) {
    case "Read":
      return { kind: "read", path: text("file_path") };
    case "Write":
      return { kind: "write", path: text("file_path") };
    case "Edit":
      return { kind: "edit", path: text("file_path") };
    case "WebFetch":
      return { kind: "fetch", url: text("url") };
    case "Agent":
      return { kind: "spawn", type: text("subagent_type") };
    case "TodoWrite":
      return { kind: "inert" };
    default:
      return { kind: "unknown" };
  }
}
