/** How many patterns one `{a,b}` pattern may stand for. */
export const mostAlternatives = 256;

/**
 * Writes out `{a,b}` alternatives, which may be nested. Braces without a comma stand for themselves, as in a
 * shell; `\` takes the next character as it is. Null past `mostAlternatives`.
 */
export function expandBraces(text: string): string[] | null {
  const group = firstGroup(text);
  if (group === null) return [text];
  const results: string[] = [];
  const rests = expandBraces(text.slice(group.end + 1));
  if (rests === null) return null;
  for (const alternative of group.alternatives) {
    const middles = expandBraces(alternative);
    if (middles === null) return null;
    for (const middle of middles) {
      for (const rest of rests) results.push(`${text.slice(0, group.start)}${middle}${rest}`);
      if (results.length > mostAlternatives) return null;
    }
  }
  return results;
}

interface BraceGroup {
  readonly start: number;
  readonly end: number;
  readonly alternatives: readonly string[];
}

function firstGroup(text: string): BraceGroup | null {
  // Nearly every text: a gate that starts should not look at each of its characters.
  if (!text.includes("{")) return null;
  for (let start = 0; start < text.length; start += 1) {
    if (text[start] === "\\") start += 1;
    else if (text[start] === "{") {
      const group = groupAt(text, start);
      if (group !== null) return group;
    }
  }
  return null;
}

function groupAt(text: string, start: number): BraceGroup | null {
  const cuts = [start];
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (character === "\\") index += 1;
    else if (character === "{") depth += 1;
    else if (character === "," && depth === 1) cuts.push(index);
    else if (character === "}") {
      depth -= 1;
      if (depth > 0) continue;
      if (cuts.length === 1) return null;
      const ends = [...cuts.slice(1), index];
      return { start, end: index, alternatives: cuts.map((cut, at) => text.slice(cut + 1, ends[at])) };
    }
  }
  return null;
}
