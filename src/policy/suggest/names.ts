import type { AskedEffect } from "./asked.ts";
import { type Candidate, grouped, type IsHidden } from "./candidate.ts";
import { literal } from "./literal.ts";

/** Gives candidates for hosts, one for each; in pieces, for fetching and for sending. */
export function hostCandidates(asked: readonly AskedEffect[], isHidden: IsHidden): Candidate[] {
  return grouped(asked, hostOf).flatMap((same): Candidate[] => {
    const pattern = literal(hostOf(same[0]), isHidden);
    if (pattern === null) return [];
    const one = (these: readonly AskedEffect[], narrower: readonly Candidate[]): Candidate => ({
      action: "net.connect",
      condition: "host",
      patterns: [pattern],
      anyHost: false,
      direction: commonDirection(these),
      family: "",
      asked: these,
      narrower,
    });
    const ways = grouped(same, (each) => commonDirection([each]) ?? "");
    return [one(same, ways.length < 2 ? [] : ways.map((way) => one(way, [])))];
  });
}

function hostOf({ effect: { resource } }: AskedEffect): string {
  return (resource.kind === "host" ? resource.host : null) ?? "";
}

/** Gives the one direction that all effects have; null if they have none, or both. */
export function commonDirection(asked: readonly AskedEffect[]): "fetch" | "send" | null {
  const found = new Set(
    asked.map(({ effect: { resource } }) => (resource.kind === "host" ? resource.direction : null)),
  );
  const [only] = found;
  return found.size === 1 ? (only ?? null) : null;
}

/** Gives candidates for tools of MCP servers and for subagents, each by its name. */
export function nameCandidates(asked: readonly AskedEffect[], isHidden: IsHidden): Candidate[] {
  return grouped(asked, (each) => JSON.stringify(namesOf(each))).flatMap((same): Candidate[] => {
    const names = namesOf(same[0]);
    const written = names.map((name) => literal(name, isHidden));
    // The slash stands between server and tool, and nowhere else.
    if (written.length === 0 || written.includes(null) || names[0]?.includes("/")) return [];
    const isTool = names.length > 1;
    return [
      {
        action: isTool ? "mcp.call" : "agent.spawn",
        condition: isTool ? "mcp" : "agent",
        patterns: [written.join("/")],
        anyHost: false,
        direction: null,
        family: isTool ? (names[0] ?? "") : "",
        asked: same,
        narrower: [],
      },
    ];
  });
}

function namesOf({ effect: { resource } }: AskedEffect): readonly string[] {
  if (resource.kind === "mcp") return [resource.server, resource.tool];
  return resource.kind === "agent" ? [resource.type] : [];
}
