import { join } from "node:path/posix";
import type { ToolInput } from "../model/call.ts";

type Search = Extract<ToolInput, { kind: "search" }>;

const globCharacter = /[*?[\]{}()!\\]/;

/**
 * Gives what Claude Code's Glob looks at: leading segments of the pattern that are plain go into the path, so
 * that `/etc/**` is a search below `/etc`. A pattern that climbs (`..`) after a wildcard may look anywhere.
 */
export function globSearch(path: string | null, pattern: string): Search {
  const segments = pattern.split("/");
  let plain = segments.findIndex((segment) => globCharacter.test(segment));
  if (plain < 0 || plain > segments.length - 1) plain = segments.length - 1;
  const rest = segments.slice(plain);
  if (rest.includes("..")) return { kind: "search", path: "/", pattern: null, reads: false };
  const lead = segments.slice(0, plain).join("/");
  return { kind: "search", path: below(path, pattern, lead), pattern: rest.join("/"), reads: false };
}

function below(path: string | null, pattern: string, lead: string): string {
  if (pattern.startsWith("/")) return lead === "" ? "/" : lead;
  // Left as it is, for the analysis to expand.
  if (lead === "~" || lead.startsWith("~/")) return lead;
  if (lead === "") return path ?? ".";
  return join(path ?? ".", lead);
}

/**
 * Gives what Claude Code's Grep looks at. Its `glob` narrows as ripgrep's does: without `/` it holds at any depth.
 * One that excludes, or that is several, narrows nothing.
 */
export function grepSearch(path: string | null, glob: string | null): Search {
  return { kind: "search", path: path ?? ".", pattern: narrowing(glob), reads: true };
}

function narrowing(glob: string | null): string | null {
  if (glob === null || /[!\s\\]/.test(glob) || glob.startsWith("/")) return null;
  if (glob.split("/").includes("..")) return null;
  if (glob.replace(/\{[^{}]*\}/g, "").includes(",")) return null;
  return glob.includes("/") ? glob : `**/${glob}`;
}
