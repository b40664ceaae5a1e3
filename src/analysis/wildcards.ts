/**
 * Tells whether a shell pattern for one path segment matches `name`: `*`, `?`, `[…]`, `\x`; `*`, `?` and
 * `[` do not match a leading dot. Runs in time pattern × name: no regular expression is built from outside text.
 */
export function globMatches(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let p = 0;
  let n = 0;
  let star = -1;
  let retry = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      retry = n;
      continue;
    }
    const next = matchOne(pattern, p, name[n] ?? "");
    if (next >= 0) {
      p = next;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++retry;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Matches one character at `at`; gives the index after the pattern's part, or -1. */
function matchOne(pattern: string, at: number, character: string): number {
  const part = pattern[at];
  if (part === undefined) return -1;
  if (part === "?") return at + 1;
  if (part === "\\") return pattern[at + 1] === character ? at + 2 : -1;
  if (part !== "[") return part === character ? at + 1 : -1;
  const end = pattern.indexOf("]", at + (/^[!^]/.test(pattern.slice(at + 1)) ? 3 : 2));
  if (end < 0) return character === "[" ? at + 1 : -1;
  return inClass(pattern.slice(at + 1, end), character) ? end + 1 : -1;
}

function inClass(text: string, character: string): boolean {
  const negated = text.startsWith("!") || text.startsWith("^");
  const set = negated ? text.slice(1) : text;
  // A named class (`[:alpha:]`) is taken to match: wider is the safe side.
  if (set.includes("[:")) return true;
  let found = false;
  for (let i = 0; i < set.length; i++) {
    const low = set[i] ?? "";
    const high = set[i + 1] === "-" && i + 2 < set.length ? (set[i + 2] ?? "") : low;
    if (high !== low) i += 2;
    if (character >= low && character <= high) found = true;
  }
  return found !== negated;
}

/** Tells whether `text` holds a shell wildcard. */
export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}
