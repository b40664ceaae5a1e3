import { type Glob, globsMeet } from "../../model/glob.ts";
import type { HostPattern } from "../../model/name-pattern.ts";
import { globWithin, isAnyText } from "./glob-within.ts";

/** Tells whether `outer` surely matches every host that `inner` matches, one that is not known included. */
export function hostWithin(inner: HostPattern, outer: HostPattern): boolean {
  if (outer.any) return true;
  if (inner.any) return false;
  const extra = inner.labels.length - outer.labels.length;
  if (extra < 0) return false;
  // `*.` stands for one label at least: one of `inner`'s own, or what its own `*.` stands for.
  if (outer.below ? !inner.below && extra === 0 : inner.below || extra > 0) return false;
  return outer.labels.every((label, index) => globWithin(inner.labels[index + extra] as Glob, label));
}

/** Tells whether no host that is known matches both. */
export function hostsApart(a: HostPattern, b: HostPattern): boolean {
  if (a.any || b.any) return false;
  const common = Math.min(a.labels.length, b.labels.length);
  if (!a.below && a.labels.length < b.labels.length + (b.below ? 1 : 0)) return true;
  if (!b.below && b.labels.length < a.labels.length + (a.below ? 1 : 0)) return true;
  for (let fromEnd = 1; fromEnd <= common; fromEnd += 1) {
    if (!globsMeet(a.labels.at(-fromEnd) as Glob, b.labels.at(-fromEnd) as Glob)) return true;
  }
  return false;
}

/** Tells whether `outer` surely matches every name that `inner` matches. */
export function nameWithin(inner: readonly Glob[], outer: readonly Glob[]): boolean {
  return outer.every((glob, index) => {
    const part = inner[index];
    return part === undefined ? isAnyText(glob) : globWithin(part, glob);
  });
}

/** Tells whether no name matches both. */
export function namesApart(a: readonly Glob[], b: readonly Glob[]): boolean {
  return a.some((glob, index) => {
    const other = b[index];
    return other !== undefined && !globsMeet(glob, other);
  });
}
