/** A `Key: value` line. */
export type Trailer = readonly [key: string, value: string];

const trailerLine = /^([A-Za-z][A-Za-z0-9-]*): (.*)$/;

/**
 * Gives the lines of a commit message's last paragraph: what stands after the last empty line, trailing
 * newlines left out. Exact: a line of blanks is not empty, a carriage return belongs to its line.
 */
export function lastParagraph(message: string): readonly string[] {
  const body = message.replace(/\n+$/, "");
  const lines = body.slice(body.lastIndexOf("\n\n") + 1).split("\n");
  return lines.filter((line) => line !== "");
}

/** Gives the lines of the last paragraph that have the form `Key: value`, in order; the others are left out. */
export function readTrailers(message: string): readonly Trailer[] {
  return lastParagraph(message).flatMap((line): Trailer[] => {
    const match = trailerLine.exec(line);
    return match === null ? [] : [[match[1] ?? "", match[2] ?? ""]];
  });
}

/** Gives the keys of all lines, in any paragraph, that a person could take for trailers whose key begins so; lower-case. */
export function keysBeginning(message: string, prefix: string): ReadonlySet<string> {
  const lines = message
    .split("\n")
    .map((line) => /^\s*([a-z][a-z0-9-]*)\s*:/.exec(line.toLowerCase())?.[1] ?? "");
  return new Set(lines.filter((key) => key.startsWith(prefix)));
}

/** Gives the lines that a person could take for the trailer `key`: in any case, with white space about. */
export function linesNaming(lines: readonly string[], key: string): readonly string[] {
  const wanted = key.toLowerCase();
  return lines.filter((line) => line.split(":", 1)[0]?.trim().toLowerCase() === wanted && line.includes(":"));
}

/**
 * Gives the value of the trailer `key` if exactly one line could be taken for it and that line is exactly
 * `key: value`; null otherwise.
 */
export function onlyTrailer(lines: readonly string[], key: string): string | null {
  const [line, ...more] = linesNaming(lines, key);
  if (line === undefined || more.length > 0 || !line.startsWith(`${key}: `)) return null;
  return line.slice(key.length + 2);
}
