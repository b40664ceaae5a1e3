import { type Glob, globMatches } from "../model/glob.ts";
import type { HostPattern } from "../model/name-pattern.ts";
import type { Reading } from "./reading.ts";

/** Tells whether a host matches. An unknown host (null) is covered by `*` alone, and may be any. */
export function hostMatches(
  patterns: readonly HostPattern[],
  host: string | null,
  reading: Reading,
): boolean {
  if (patterns.some((pattern) => pattern.any)) return true;
  if (host === null) return reading === "touches";
  const labels = host.toLowerCase().replace(/\.$/, "").split(".");
  return patterns.some((pattern) => {
    const extra = labels.length - pattern.labels.length;
    if (pattern.below ? extra < 1 : extra !== 0) return false;
    return pattern.labels.every((label, index) => globMatches(label, labels[index + extra] ?? ""));
  });
}

/** Tells whether a name of one or two parts (`server/tool`) matches. A pattern of fewer parts says nothing of the rest. */
export function nameMatches(patterns: readonly (readonly Glob[])[], ...parts: readonly string[]): boolean {
  return patterns.some((globs) => globs.every((glob, index) => globMatches(glob, parts[index] ?? "")));
}
