// Checks of values that came from outside, against the types of the model. A shape adds one line to `problems` for
// every mistake it finds, so that all of them are reported at once.

/** Checks that a value is a `T`. `at` says where it stands: `input.analysis.effects[0]`. */
export interface Shape<T> {
  (value: unknown, at: string, problems: string[]): void;
  /** Never there: it ties the shape to its type. */
  readonly of?: T;
  /** True of a member that may be left out. */
  readonly isOptional?: true;
}

/** A list past this length is refused. */
const longestList = 100_000;

/** After so many mistakes, the rest of a list is not looked at. */
const mostProblems = 100;

/** Gives a shape that takes what `test` takes; `expected` ends the sentence `found …, expected …`. */
export function where<T>(expected: string, test: (value: unknown) => boolean): Shape<T> {
  return (value, at, problems) => {
    if (!test(value)) problems.push(`\`${at}\` is ${kindOf(value)}, expected ${expected}`);
  };
}

export const text: Shape<string> = where("a string", (value) => typeof value === "string");

export const truth: Shape<boolean> = where("true or false", (value) => typeof value === "boolean");

/** A whole number from 0. */
export const count: Shape<number> = where(
  "a whole number from 0",
  (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
);

/** A string that `form` matches. */
export function matching(expected: string, form: RegExp): Shape<string> {
  return where(expected, (value) => typeof value === "string" && form.test(value));
}

/** One of these values. */
export function oneOf<T extends string | number>(values: readonly T[]): Shape<T> {
  return where(values.map((value) => `\`${value}\``).join(" or "), (value) => values.includes(value as T));
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at, problems) => {
    if (value !== null) shape(value, at, problems);
  };
}

/** For a member that may be left out. */
export function optional<T>(shape: Shape<T>): Shape<T> {
  const checks: Shape<T> = (value, at, problems) => shape(value, at, problems);
  return Object.assign(checks, { isOptional: true as const });
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, at, problems) => {
    if (!Array.isArray(value)) problems.push(`\`${at}\` is ${kindOf(value)}, expected a list`);
    else if (value.length > longestList) problems.push(`\`${at}\` has ${value.length} entries`);
    else {
      for (const [index, entry] of value.entries()) {
        if (problems.length >= mostProblems) return;
        shape(entry, `${at}[${index}]`, problems);
      }
    }
  };
}

/** The shapes of a record's members. */
export type Members<T> = { readonly [K in keyof T]-?: Shape<T[K]> };

/** A record with exactly these members, those that are optional or not. */
export function record<T extends object>(members: Members<T>): Shape<T> {
  const shapes = new Map<string, Shape<unknown>>(Object.entries(members));
  return (value, at, problems) => {
    if (!isRecord(value)) {
      problems.push(`\`${at}\` is ${kindOf(value)}, expected a record`);
      return;
    }
    for (const [key, shape] of shapes) {
      if (Object.hasOwn(value, key)) shape(value[key], at === "" ? key : `${at}.${key}`, problems);
      else if (shape.isOptional !== true) problems.push(`\`${at}\` has no \`${key}\``);
    }
    for (const key of Object.keys(value)) {
      if (!shapes.has(key))
        problems.push(`\`${at}\` has \`${key.slice(0, 60)}\`, which does not belong there`);
    }
  };
}

/** A record whose member `key` says which of the shapes it has. */
export function byMember<T>(key: string, shapes: Readonly<Record<string, Shape<T>>>): Shape<T> {
  const known = new Map(Object.entries(shapes));
  return (value, at, problems) => {
    const kind = isRecord(value) ? value[key] : undefined;
    const shape = typeof kind === "string" ? known.get(kind) : undefined;
    if (shape === undefined) problems.push(`\`${at}\` has a \`${key}\` that is not known`);
    else shape(value, at, problems);
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a record";
  return typeof value === "string" ? "another string" : `${value}`;
}
