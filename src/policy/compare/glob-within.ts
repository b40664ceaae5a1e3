import { type Glob, globMatches } from "../../model/glob.ts";

type Atom = Glob["atoms"][number];

/**
 * Tells whether every text that `inner` matches is surely matched by `outer`, and that atom by atom: where `inner`
 * has a run, `outer` has one. So what may meet `inner` may also meet `outer`. May say no where the answer is yes.
 */
export function globWithin(inner: Glob, outer: Glob): boolean {
  if (inner.literal !== null) return globMatches(outer, inner.literal);
  // The positions in `outer` that every text of the atoms so far surely leads to.
  let reached = pastRuns(outer, new Set([0]));
  for (const atom of inner.atoms) {
    const next = new Set<number>();
    for (const position of reached) {
      const takes = outer.atoms[position];
      if (takes === undefined) continue;
      if (takes.kind === "run") next.add(position);
      else if (takesAll(takes, atom)) next.add(position + 1);
    }
    reached = pastRuns(outer, next);
    if (reached.size === 0) return false;
  }
  return reached.has(outer.atoms.length);
}

/** Tells whether the glob matches every text. */
export function isAnyText({ atoms }: Glob): boolean {
  return atoms.length > 0 && atoms.every(({ kind }) => kind === "run");
}

function pastRuns({ atoms }: Glob, positions: ReadonlySet<number>): Set<number> {
  const all = new Set(positions);
  // A set gives what is added to it while it is walked, too.
  for (const position of all) if (atoms[position]?.kind === "run") all.add(position + 1);
  return all;
}

function takesAll(outer: Atom, inner: Atom): boolean {
  if (inner.kind === "run") return false;
  if (outer.kind === "one") return true;
  if (inner.kind === "character") return globMatches({ literal: null, atoms: [outer] }, inner.character);
  // Two ways to write one set are not looked into.
  return inner.kind === "set" && JSON.stringify(inner) === JSON.stringify(outer);
}
