import type { ToolCall } from "../model/call.ts";
import type { Resource } from "../model/effect.ts";
import { noRisk, type Risk } from "../model/risk.ts";
import { risk } from "./path-risk.ts";
import { pathEffects } from "./paths.ts";
import { treeReadEffects } from "./secret-walk.ts";
import type { EffectDraft, Surroundings } from "./understanding.ts";
import { hostOf, isLocalHost } from "./urls.ts";

/** What every client's own search goes through: not a name on the network, but one that rules can speak of. */
const searchHost = "web-search";

/** Says what a tool call other than a shell command would do. Never empty. */
export function analyseTool(call: ToolCall, surroundings: Surroundings): EffectDraft[] {
  const { input } = call;
  const named: Resource = { kind: "tool", name: call.tool };
  const at = (action: "fs.read" | "fs.write", path: string): EffectDraft[] =>
    pathEffects(action, path, call.cwd, surroundings, "exact");
  switch (input.kind) {
    case "read":
      return orNothing(at("fs.read", input.path), named);
    case "write":
      return orNothing(at("fs.write", input.path), named);
    case "edit":
      return orNothing([...at("fs.read", input.path), ...at("fs.write", input.path)], named);
    case "search":
      return search(input, call.cwd, surroundings);
    case "fetch":
      return [fetchEffect(input.url)];
    case "web-search":
      return [sure("net.connect", { kind: "host", host: searchHost, direction: "fetch" }, noRisk)];
    case "mcp":
      return [
        sure(
          "mcp.call",
          { kind: "mcp", server: input.server, tool: input.tool },
          risk("medium", "leaves-machine"),
        ),
      ];
    case "spawn":
      return [sure("agent.spawn", { kind: "agent", type: input.type }, risk("low", "starts-agent"))];
    case "inert":
      return [sure("model.call", named, noRisk)];
    case "shell":
    case "unknown":
      return [unknownTool(call.tool)];
  }
}

function sure(action: EffectDraft["action"], resource: Resource, found: Risk): EffectDraft {
  return { action, resource, opaque: [], risk: found };
}

/** A tool nobody knows may do anything. */
function unknownTool(name: string): EffectDraft {
  const reason = "is not a tool mirror knows";
  return {
    action: "unknown",
    resource: { kind: "tool", name },
    opaque: [reason],
    risk: risk("medium", "opaque"),
  };
}

/** `/dev/null` and its like leave no effect: the call then does nothing to the machine. */
function orNothing(effects: EffectDraft[], resource: Resource): EffectDraft[] {
  return effects.length > 0 ? effects : [sure("model.call", resource, noRisk)];
}

/** A search that shows contents reads every file it may look into; one that shows names does not. */
function search(
  input: { readonly path: string; readonly pattern: string | null; readonly reads: boolean },
  cwd: string,
  surroundings: Surroundings,
): EffectDraft[] {
  const trees = pathEffects("fs.read", input.path === "" ? "." : input.path, cwd, surroundings, "tree");
  if (!input.reads) return trees.map((effect) => ({ ...effect, risk: namesOnly(effect.risk) }));
  const name = lastSegment(input.pattern);
  return trees.flatMap((effect) =>
    treeReadEffects(effect, { honoursIgnore: true, hidden: true, name }, surroundings),
  );
}

function namesOnly(found: Risk): Risk {
  return { level: "low", reasons: found.reasons.filter((reason) => reason !== "reads-secret") };
}

/** The part of a glob that file names are matched with; null where it says nothing about them. */
function lastSegment(pattern: string | null): string | null {
  if (pattern === null || /[{}!]/.test(pattern)) return null;
  const name = pattern.slice(pattern.lastIndexOf("/") + 1);
  return name === "" || name === "**" || name === "*" ? null : name;
}

function fetchEffect(url: string): EffectDraft {
  const host = hostOf(url);
  const resource: Resource = { kind: "host", host, direction: "fetch" };
  if (host === null) {
    return {
      action: "net.connect",
      resource,
      opaque: ["its address names no host"],
      risk: risk("medium", "opaque"),
    };
  }
  return sure("net.connect", resource, isLocalHost(host) ? noRisk : risk("low"));
}
