// Text patterns: `*` any text, `?` one character, `[a-z]` `[!a-z]` a set, `\` takes the next character as it
// is. What `*` may cross (a path segment, a label, a word) is up to who cuts the text into pieces.

interface Character {
  readonly kind: "character";
  readonly character: string;
}

interface CharacterSet {
  readonly kind: "set";
  readonly negated: boolean;
  /** Pairs of code points, both ends included. */
  readonly ranges: readonly (readonly [number, number])[];
  /** True: a character is in the set if any of its cases is. */
  readonly folded: boolean;
}

type Atom = Character | CharacterSet | { readonly kind: "one" } | { readonly kind: "run" };

/** A parsed text pattern. */
export interface Glob {
  /** The one text it matches, where it holds no wildcard; else null. */
  readonly literal: string | null;
  readonly atoms: readonly Atom[];
}

/** Parses a pattern. An unclosed `[` stands for itself, as in a shell. */
export function parseGlob(text: string): Glob {
  const points = Array.from(text);
  const atoms: Atom[] = [];
  for (let index = 0; index < points.length; index += 1) {
    const point = points[index] ?? "";
    const set = point === "[" ? parseSet(points, index) : null;
    if (set !== null) {
      atoms.push(set.atom);
      index = set.end;
    } else if (point === "*") atoms.push({ kind: "run" });
    else if (point === "?") atoms.push({ kind: "one" });
    else if (point === "\\" && index + 1 < points.length) {
      index += 1;
      atoms.push({ kind: "character", character: points[index] ?? "" });
    } else atoms.push({ kind: "character", character: point });
  }
  return globOf(atoms);
}

/** Makes the pattern of fixed texts in order, with null for any text between them. */
export function globOfParts(parts: readonly (string | null)[]): Glob {
  return globOf(
    parts.flatMap((part): Atom[] =>
      part === null
        ? [{ kind: "run" }]
        : Array.from(part, (character): Atom => ({ kind: "character", character })),
    ),
  );
}

function literalGlob(text: string): Glob {
  return globOfParts([text]);
}

function globOf(atoms: readonly Atom[]): Glob {
  const texts = atoms.map((atom) => (atom.kind === "character" ? atom.character : null));
  return { literal: texts.includes(null) ? null : texts.join(""), atoms };
}

function parseSet(points: readonly string[], start: number): { atom: CharacterSet; end: number } | null {
  let index = start + 1;
  const negated = points[index] === "!" || points[index] === "^";
  if (negated) index += 1;
  const ranges: [number, number][] = [];
  for (let first = true; ; first = false) {
    const low = points[index];
    if (low === undefined) return null;
    if (low === "]" && !first) return { atom: { kind: "set", negated, ranges, folded: false }, end: index };
    const high = points[index + 1] === "-" && points[index + 2] !== "]" ? points[index + 2] : undefined;
    ranges.push([codeOf(low), codeOf(high ?? low)]);
    index += high === undefined ? 1 : 3;
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** Tells whether the pattern matches all of `text`. */
export function globMatches(glob: Glob, text: string): boolean {
  if (glob.literal !== null) return glob.literal === text;
  const points = Array.from(text);
  const { atoms } = glob;
  let atomAt = 0;
  let textAt = 0;
  // Where the last run began: on a mismatch it takes one character more. Earlier runs never need to.
  let runAt = -1;
  let runText = 0;
  while (textAt < points.length) {
    const atom = atoms[atomAt];
    if (atom?.kind === "run") {
      runAt = atomAt;
      runText = textAt;
      atomAt += 1;
    } else if (atom !== undefined && accepts(atom, points[textAt] ?? "")) {
      atomAt += 1;
      textAt += 1;
    } else if (runAt >= 0) {
      runText += 1;
      atomAt = runAt + 1;
      textAt = runText;
    } else return false;
  }
  return atoms.slice(atomAt).every((atom) => atom.kind === "run");
}

/** Tells whether some text may match both. May say yes where two sets of characters have none in common. */
export function globsMeet(a: Glob, b: Glob): boolean {
  if (b.literal !== null) return globMatches(a, b.literal);
  if (a.literal !== null) return globMatches(b, a.literal);
  const width = b.atoms.length + 1;
  const reached = new Uint8Array((a.atoms.length + 1) * width);
  reached[0] = 1;
  for (let i = 0; i <= a.atoms.length; i += 1) {
    for (let j = 0; j < width; j += 1) {
      if (reached[i * width + j] !== 1) continue;
      const left = a.atoms[i];
      const right = b.atoms[j];
      // A run may end here, or take what the other side asks for.
      if (left?.kind === "run" || (right?.kind === "run" && left !== undefined))
        reached[(i + 1) * width + j] = 1;
      if (right?.kind === "run" || (left?.kind === "run" && right !== undefined))
        reached[i * width + j + 1] = 1;
      if (left !== undefined && right !== undefined && overlap(left, right))
        reached[(i + 1) * width + j + 1] = 1;
    }
  }
  return reached[reached.length - 1] === 1;
}

function overlap(a: Atom, b: Atom): boolean {
  if (a.kind === "run" || b.kind === "run") return false;
  if (b.kind === "character") return accepts(a, b.character);
  if (a.kind === "character") return accepts(b, a.character);
  return true;
}

function accepts(atom: Atom, character: string): boolean {
  if (atom.kind === "character") return atom.character === character;
  if (atom.kind === "set") return inSet(atom, character);
  return atom.kind === "one";
}

function inSet(set: CharacterSet, character: string): boolean {
  const forms = set.folded ? [character.toLowerCase(), character.toUpperCase()] : [character];
  const codes = forms.map(codeOf);
  return codes.some((code) => set.ranges.some(([low, high]) => code >= low && code <= high) !== set.negated);
}

// Characters that some file systems leave out when they compare names.
const ignorable = /[\u200C-\u200F\u202A-\u202E\u206A-\u206F\uFEFF]/g;
const plain = /^[\u0020-\u0040\u005B-\u007E]*$/;

/** Tells whether `foldName` leaves the text, and every part of it, as it is. */
export function isFolded(text: string): boolean {
  return plain.test(text);
}

/** Gives the form in which two names that some file system takes for one are equal. */
export function foldName(text: string): string {
  return isFolded(text) ? text : text.normalize("NFC").toLowerCase().replace(ignorable, "");
}

/**
 * Gives the same form with accents as characters of their own. A pattern such as `e*` holds for a name that begins with
 * an `e` and an accent after it, which `foldName` makes one other letter.
 */
export function foldApart(text: string): string {
  return isFolded(text) ? text : text.normalize("NFD").toLowerCase().replace(ignorable, "");
}

/** Gives the pattern for names in the form of `foldName`. */
export function foldGlob(glob: Glob): Glob {
  if (glob.literal !== null) return literalGlob(foldName(glob.literal));
  return globOf(
    glob.atoms.flatMap((atom): Atom[] => {
      if (atom.kind === "set") return [{ ...atom, folded: true }];
      if (atom.kind !== "character") return [atom];
      return Array.from(foldName(atom.character), (character): Atom => ({ kind: "character", character }));
    }),
  );
}
