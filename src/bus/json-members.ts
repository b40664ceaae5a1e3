/** One member of a JSON object: where its value stands in the text. */
export interface Member {
  readonly key: string;
  readonly start: number;
  /** The first place after it. */
  readonly end: number;
}

/**
 * Tells whether a text, JSON or not, has at most so many values, without reading it: a parser takes a hundred times as long
 * for a megabyte of brackets as for one of text.
 */
export function hasAtMost(text: string, values: number): boolean {
  let found = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 34:
        at = stringEnd(text, at) - 1;
        break;
      case 44:
      case 91:
      case 123:
        found += 1;
        if (found > values) return false;
        break;
    }
  }
  return true;
}

/** How deep two members of one name are looked for. */
const depthLooked = 3;

/**
 * Finds the members of the object that a JSON text is, and the first key that stands twice in one object near the top:
 * who reads such a text takes one of the two, and another reader may take the other. The text must be one that
 * `JSON.parse` reads.
 */
export function topMembers(text: string): {
  readonly members: readonly Member[];
  readonly twice: string | null;
} {
  const members: Member[] = [];
  let twice: string | null = null;
  const keys: (Set<string> | null)[] = [];
  let depth = 0;
  let key: string | null = null;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 34: {
        const end = stringEnd(text, at);
        const seen = depth <= depthLooked ? keys[depth] : null;
        const after = seen === null || seen === undefined ? -1 : skipSpace(text, end);
        if (after !== -1 && text.charCodeAt(after) === 58) {
          const name = String(JSON.parse(text.slice(at, end)));
          if (seen?.has(name) === true) twice ??= name;
          seen?.add(name);
          if (depth === 1) {
            key = name;
            start = skipSpace(text, after + 1);
          }
          at = after;
        } else at = end - 1;
        break;
      }
      case 123:
      case 91:
        depth += 1;
        keys[depth] = text.charCodeAt(at) === 123 ? new Set() : null;
        break;
      case 125:
      case 93:
        if (depth === 1 && key !== null) members.push({ key, start, end: trimmedEnd(text, at) });
        depth -= 1;
        break;
      case 44:
        if (depth === 1 && key !== null) members.push({ key, start, end: trimmedEnd(text, at) });
        break;
    }
  }
  return { members, twice };
}

/** Gives the first place after the string that begins at `at`; the end of the text for one that does not end. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function trimmedEnd(text: string, end: number): number {
  let at = end;
  while (isSpace(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
