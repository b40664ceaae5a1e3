import { deeper, type Scope } from "./scope.ts";
import { forgetful, type State } from "./state.ts";

/**
 * Runs the handlers of `trap` once more where a shell ends, if what they see has changed since they were set: a handler
 * runs at any time, so then nothing is known of the variables in it.
 */
export function runStaleTraps(end: State | null, scope: Scope): void {
  if (end === null || !end.trapsStale || end.traps.length === 0) return;
  const inner = deeper(scope, { jumps: [], returns: null });
  if (inner === null) return;
  for (const text of end.traps) inner.session.interpreter.text(text, { ...forgetful(end), traps: [] }, inner);
}
