import { type Glob, globMatches, globsMeet } from "../model/glob.ts";

// A shell wildcard finds a leading dot only where the wildcard writes it; a policy's pattern always finds it.

/** Tells whether one segment of a resource may be the name. */
export function mayName(segment: Glob, name: string): boolean {
  if (segment.literal !== null) return segment.literal === name;
  return !(name.startsWith(".") && !writesDot(segment)) && globMatches(segment, name);
}

/** Tells whether one segment of a resource may be a name that the pattern matches. */
export function mayMeet(pattern: Glob, segment: Glob): boolean {
  if (segment.literal !== null) return globMatches(pattern, segment.literal);
  return !(writesDot(pattern) && !writesDot(segment)) && globsMeet(pattern, segment);
}

function writesDot(glob: Glob): boolean {
  const [first] = glob.atoms;
  return first?.kind === "character" && first.character === ".";
}
