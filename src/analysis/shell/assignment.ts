import type { ArrayValue, Assignment } from "unbash";
import { requireHarmless } from "./arithmetic.ts";
import type { Cursor } from "./cursor.ts";
import { expandAssigned, expandValue, expandWord } from "./expand.ts";
import { assignNamed } from "./names.ts";
import { addDoubt } from "./scope.ts";
import { type Value, valueOfWord } from "./value.ts";

/** What an assignment stores. */
export interface Stored {
  readonly name: string;
  /** Null: not known. */
  readonly value: Value | null;
  readonly items: readonly Value[] | null;
}

/** Expands an assignment without making it. */
export function expandAssignment(assignment: Assignment, cursor: Cursor): Stored {
  const { name, index, append, value } = assignment;
  if (index !== undefined) requireHarmless(expandValue(index, cursor), cursor);
  if (append === true && cursor.scope.posix)
    addDoubt("`+=` means something else to other shells", cursor.scope);
  if (value.type === "ArrayValue") {
    const items = arrayItems(value, cursor);
    return { name, value: items?.[0] ?? null, items: append === true ? null : items };
  }
  const expanded = expandAssigned(value, cursor);
  const before = cursor.state.variables.get(name);
  if (before?.plain === false) requireHarmless(expanded, cursor);
  if (index !== undefined) return { name, value: null, items: null };
  if (append !== true) return { name, value: expanded, items: null };
  return {
    name,
    value: before === undefined || before.items !== null ? null : [...before.value, ...expanded],
    items: null,
  };
}

/** The elements of `(a b c)`; null where they are not known or have subscripts. */
function arrayItems(array: ArrayValue, cursor: Cursor): Value[] | null {
  const items: Value[] = [];
  let known = true;
  for (const element of array.elements) {
    const subscript = /^\[/.test(element.text) && element.text.includes("]=");
    for (const word of expandWord(element, cursor)) {
      if (typeof word !== "string" && word.many) known = false;
      items.push(valueOfWord(word));
    }
    if (!subscript) continue;
    known = false;
    const inner = /^\[([^\]]*)\]=/.exec(element.text)?.[1] ?? "$";
    requireHarmless([inner], cursor);
  }
  return known ? items : null;
}

/** Makes an assignment in this shell. */
export function makeAssignment(assignment: Assignment, cursor: Cursor): void {
  const stored = expandAssignment(assignment, cursor);
  store(stored, cursor);
}

/** Stores a value, with the doubt it may bring. */
export function store({ name, value, items }: Stored, cursor: Cursor): void {
  assignNamed(name, value, cursor, items);
}
