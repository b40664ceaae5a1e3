/** What a rule or the gate says. The order is strictness: deny > ask > allow. */
export type Verdict = "allow" | "ask" | "deny";

const strictness: Readonly<Record<Verdict, number>> = { allow: 0, ask: 1, deny: 2 };

/** Tells whether a value is a verdict. */
export function isVerdict(value: unknown): value is Verdict {
  return typeof value === "string" && Object.hasOwn(strictness, value);
}

/** Gives the stricter of two verdicts. Commutative, associative, idempotent; `allow` is its unit. */
export function stricter(a: Verdict, b: Verdict): Verdict {
  return strictness[a] >= strictness[b] ? a : b;
}

/** Tells whether `a` is strictly stricter than `b`. */
export function isStricter(a: Verdict, b: Verdict): boolean {
  return strictness[a] > strictness[b];
}
