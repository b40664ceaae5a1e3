import type { Word } from "../../model/command.ts";
import type { Surroundings } from "../understanding.ts";
import type { Input } from "./state.ts";
import { numberValue, type Value } from "./value.ts";

/**
 * Says what a program writes to standard output, where that is known; null for any other. `movesScratch`: `TMPDIR` was
 * assigned.
 */
export function programOutput(
  argv: readonly Word[],
  input: Input,
  cwd: string | null,
  { places }: Surroundings,
  movesScratch: boolean,
): Value | null {
  const [name, ...words] = argv;
  if (name === "cat" && (words.length === 0 || (words.length === 1 && words[0] === "-"))) {
    return input.text === null ? null : [input.text];
  }
  const line = argv.map((word) => (typeof word === "string" ? word : "\0")).join(" ");
  if (line === "git rev-parse --show-toplevel" && cwd !== null && places.repo.includes(cwd))
    return [cwd, "\n"];
  const scratch = places.tmp[0];
  if (/^mktemp( -d)?$/.test(line) && scratch !== undefined && !movesScratch) {
    return [`${scratch}/tmp.`, { hole: "wild", text: "*" }, "\n"];
  }
  return numbers.test(line) ? [...numberValue("$(…)"), "\n"] : null;
}

/** Command lines that print one number. */
const numbers =
  /^(nproc|date \+%s(%[36]?N)?|wc -[lcwm]|id -[ug]|grep -(c|[a-zA-Z]*c[a-zA-Z]*) [^-\0 ]\S*( [^-\0 ]\S*)?|git rev-list --count [\w./^~-]+)$/;
