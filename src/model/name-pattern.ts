import { expandBraces, mostAlternatives } from "./braces.ts";
import { type Glob, parseGlob } from "./glob.ts";

/** A host pattern without alternatives. */
export interface HostPattern {
  /** True for `*`: every host, also one that is not known. */
  readonly any: boolean;
  /** True for `*.example.com`: one or more labels stand before `labels`. */
  readonly below: boolean;
  readonly labels: readonly Glob[];
}

/** Parses a host pattern: `example.com`, `*.example.com`, `10.0.*.*`, `*`; or says what is wrong with it. */
export function parseHostPattern(text: string): readonly HostPattern[] | string {
  const names = expandBraces(text.toLowerCase());
  if (names === null) return `more than ${mostAlternatives} alternatives`;
  const patterns: HostPattern[] = [];
  for (const name of names) {
    if (name.includes("/") || /^[^:]*:\d*$/.test(name))
      return "a host stands alone, without scheme, port or path";
    if (name === "*") patterns.push({ any: true, below: false, labels: [] });
    else {
      const below = name.startsWith("*.");
      const labels = (below ? name.slice(2) : name).split(".");
      if (labels.includes("")) return "it has an empty label";
      if (labels.includes("**"))
        return "`**` means nothing in a host; `*.` at the start is any number of labels";
      patterns.push({ any: false, below, labels: labels.map(parseGlob) });
    }
  }
  return patterns;
}

/** Parses a pattern over `server/tool` or over a name: the texts before and after the first `/`. */
export function parseNamePattern(text: string): readonly (readonly Glob[])[] | string {
  if (text === "") return "it is empty";
  const names = expandBraces(text);
  if (names === null) return `more than ${mostAlternatives} alternatives`;
  return names.map((name) => {
    const slash = name.indexOf("/");
    return slash < 0
      ? [parseGlob(name)]
      : [parseGlob(name.slice(0, slash)), parseGlob(name.slice(slash + 1))];
  });
}
