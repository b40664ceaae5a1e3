import type { Scope } from "./scope.ts";
import type { State } from "./state.ts";

/** Where the walk stands while words are expanded: expansions may assign (`${x:=…}`, `$((x++))`). */
export interface Cursor {
  state: State;
  readonly scope: Scope;
}
