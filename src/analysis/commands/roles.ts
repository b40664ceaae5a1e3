import type { Word } from "../../model/command.ts";
import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import { because, high, medium } from "./program.ts";

/**
 * What a word is to a program:
 *
 * - `skip`: nothing that matters.
 * - `read`, `write`, `delete`: a path it reads, writes, deletes; `edit`: reads and writes.
 * - `file`: a file it reads; a directory it does not open.
 * - `tree`: a directory it reads with all below; `list`: one of which it only says the names.
 * - `dir`: the directory it works in. `fetch`, `send`: an address it fetches from, sends to.
 * - `script`: shell text it runs; `program`: a program it runs; `code`: text in a language mirror does not read.
 * - `secret-arg`: a password on the command line (redact.ts takes it out); else nothing.
 * - `unsafe`: changes what it does in a way mirror does not follow.
 */
export function applyRole(role: string, word: Word, recursive: boolean, doing: Doing): void {
  const shape = recursive ? "tree" : "exact";
  switch (role) {
    case "read":
      if (recursive) doing.readTree(word);
      else doing.read(word);
      return;
    case "file":
      if (isOpen(word) || !/(^|\/)\.{0,2}$/.test(word)) doing.read(word);
      return;
    case "write":
      doing.write(word, shape);
      return;
    case "delete":
      doing.remove(word, shape);
      return;
    case "edit":
      doing.read(word, shape);
      doing.write(word, shape);
      return;
    case "tree":
      doing.readTree(word);
      return;
    case "list":
      doing.read(word, "tree");
      return;
    case "dir":
      changeDirectory(word, doing);
      return;
    case "fetch":
    case "send":
      doing.connect(word, role);
      return;
    case "script":
      doing.script(word);
      return;
    case "program":
      runProgramText(word, doing);
      return;
    case "code":
      doing.unsure(because.inlineCode);
      doing.adds(medium("runs-local-code"));
      return;
    case "unsafe":
      doing.unsure(`has \`${isOpen(word) ? word.text : word}\`, which can run other programs`);
      doing.adds(high("runs-local-code"));
      return;
  }
}

/** A program named in an option's value, perhaps with words of its own: the shell splits it. */
function runProgramText(word: Word, doing: Doing): void {
  if (isOpen(word)) doing.mustKnow(word);
  else doing.script(word);
}

function changeDirectory(word: Word, doing: Doing): void {
  doing.read(word);
  const places = doing.effects.at(-1)?.resource;
  doing.cwd = places?.kind === "path" && places.shape === "exact" ? places.path : null;
  // Working inside the repository is no effect; only another place is worth a word.
  if (doing.effects.at(-1)?.risk.reasons.length === 0) doing.effects.pop();
}

/** Gives each operand its role: `skip read...`, `read... write`; the one with `...` takes what others leave. */
export function operandRoles(notation: string, count: number): string[] {
  const roles = notation.split(" ").filter((role) => role !== "");
  const rest = roles.findIndex((role) => role.endsWith("..."));
  if (rest < 0) return Array.from({ length: count }, (_, index) => roles[index] ?? "skip");
  const before = roles.slice(0, rest);
  const after = roles.slice(rest + 1);
  const repeated = (roles[rest] ?? "").replace("...", "");
  return Array.from({ length: count }, (_, index) => {
    if (index < before.length) return before[index] ?? "skip";
    const fromEnd = count - index;
    if (fromEnd <= after.length) return after[after.length - fromEnd] ?? "skip";
    return repeated;
  });
}
