/**
 * Tells whether a role's glob names a path below `.mirror/`. A segment `**` stands for any number of segments
 * (none, too), `*` within a segment for any text; everything else is itself, exactly.
 */
export function roleOwnsPath(glob: string, path: string): boolean {
  return matchParts(glob.split("/"), path.split("/"), (part) => part === "**", matchSegment);
}

function matchSegment(glob: string, segment: string): boolean {
  return matchParts(
    [...glob],
    [...segment],
    (part) => part === "*",
    (part, text) => part === text,
  );
}

/**
 * Matches a list of parts, of which some stand for any run, against a list of texts. After a mismatch only
 * the last such part is tried with a longer run, so the time is at most the product of the lengths.
 */
function matchParts(
  parts: readonly string[],
  texts: readonly string[],
  isRun: (part: string) => boolean,
  matches: (part: string, text: string) => boolean,
): boolean {
  let part = 0;
  let text = 0;
  let run = -1;
  let resume = 0;
  while (text < texts.length) {
    const current = parts[part];
    if (current !== undefined && isRun(current)) {
      run = part;
      resume = text;
      part += 1;
    } else if (current !== undefined && matches(current, texts[text] ?? "")) {
      part += 1;
      text += 1;
    } else if (run >= 0) {
      resume += 1;
      part = run + 1;
      text = resume;
    } else {
      return false;
    }
  }
  return parts.slice(part).every(isRun);
}
