import type { Risk } from "../../model/risk.ts";
import { type Behaviour, high } from "./program.ts";

// What entries of services share.

/** A service's command line of which the verbs say it all. */
export const byVerbs: { readonly style: "long"; readonly options: string; readonly others: "verbs" } = {
  style: "long",
  options: "",
  others: "verbs",
};

export const looks: Behaviour = {};

/** Something elsewhere is gone. */
export const destroys: Risk = high("destroys-data", "leaves-machine");

/** Something on this machine is gone. */
export const local: Risk = high("destroys-data");
