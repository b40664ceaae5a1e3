import type { ArithmeticExpression, ArithmeticWord, WordPart } from "unbash";
import type { Cursor } from "./cursor.ts";
import { lookUp } from "./lookup.ts";
import { assignNamed } from "./names.ts";
import { addDoubt } from "./scope.ts";
import { numberValue, staticText, type Value } from "./value.ts";

// Bash evaluates the text of every variable in an arithmetic expression as an expression again, and a subscript in it is
// expanded: with x='a[$(cmd)]', `((x))` runs cmd. So a name in arithmetic is only safe where its value is known to be
// harmless, and unknown text makes the call opaque.

/** Expands one part of a word and says what is known of it. */
export type ExpandPart = (part: WordPart, cursor: Cursor) => Value;

const assigning = /^([-+*/%&|^]|<<|>>)?=$/;
const name = /^[A-Za-z_]\w*$/;

/** Goes through an arithmetic expression: what it runs, what it assigns, and what it may run. */
export function evaluate(
  expression: ArithmeticExpression | undefined,
  cursor: Cursor,
  expandPart: ExpandPart,
): void {
  if (expression === undefined) return;
  switch (expression.type) {
    case "ArithmeticBinary":
      evaluate(expression.left, cursor, expandPart);
      evaluate(expression.right, cursor, expandPart);
      if (assigning.test(expression.operator)) store(expression.left, cursor);
      return;
    case "ArithmeticUnary":
      evaluate(expression.operand, cursor, expandPart);
      if (expression.operator === "++" || expression.operator === "--") store(expression.operand, cursor);
      return;
    case "ArithmeticTernary":
      evaluate(expression.test, cursor, expandPart);
      evaluate(expression.consequent, cursor, expandPart);
      evaluate(expression.alternate, cursor, expandPart);
      return;
    case "ArithmeticGroup":
      evaluate(expression.expression, cursor, expandPart);
      return;
    case "ArithmeticWord":
      evaluateWord(expression, cursor, expandPart);
      return;
    case "ArithmeticCommandExpansion": {
      const { interpreter } = cursor.scope.session;
      const output = interpreter.nested(expression.script, cursor.state, cursor.scope);
      requireHarmless(output ?? [{ hole: "any", text: expression.text }], cursor);
    }
  }
}

function store(target: ArithmeticExpression, cursor: Cursor): void {
  if (target.type !== "ArithmeticWord") return;
  const variable = /^\s*([A-Za-z_]\w*)/.exec(target.value)?.[1];
  if (variable === undefined) return;
  const simple = name.test(target.value.trim());
  assignNamed(variable, simple ? numberValue(`$${variable}`) : null, cursor);
}

function evaluateWord(word: ArithmeticWord, cursor: Cursor, expandPart: ExpandPart): void {
  if (word.parts === undefined) {
    requireHarmless([word.value], cursor);
    return;
  }
  for (const part of word.parts) {
    const value: Value =
      part.type === "Literal" ? [part.value.replace(/[[\]]/g, " ")] : expandPart(part, cursor);
    requireHarmless(value, cursor);
  }
}

/** Makes the call opaque unless evaluating the value as an expression runs nothing. */
export function requireHarmless(value: Value, cursor: Cursor): void {
  if (!isHarmless(value, cursor, 0)) addDoubt("arithmetic on text that is not known", cursor.scope);
}

function isHarmless(value: Value, cursor: Cursor, depth: number): boolean {
  const known = value.filter((part) => typeof part === "string" || part.hole !== "number");
  const text = staticText(known);
  if (text === null || depth > 8) return false;
  if (/^[\s\d]*$/.test(text)) return true;
  if (/[$`'"\\]/.test(text)) return false;
  if (/\[(?!\s*[\w\s+*-]*\])/.test(text)) return false;
  // A name that nothing here assigned is the environment's own, which is believed as `PATH` is.
  const names = text.match(/[A-Za-z_]\w*/g) ?? [];
  return names.every((one) => {
    const assigned = cursor.state.variables.get(one);
    return assigned === undefined || isHarmless(lookUp(one, cursor), cursor, depth + 1);
  });
}
