import type { Word } from "../../model/command.ts";
import { risk } from "../path-risk.ts";
import { looksSecret } from "../secrets.ts";
import { dropStart, isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";

/**
 * Reads what git's looking commands name: paths after `--`, `REV:path`, and words that are files here or look like
 * secrets. A revision alone is no path.
 */
export function readRevisionPaths(args: Arguments, doing: Doing): void {
  args.operands.forEach((word, index) => {
    if (args.beforeDashes !== null && index >= args.beforeDashes) readWord(word, doing);
    else readRevision(word, doing);
  });
}

/** Reads what one word names that is a revision, `REV:path`, or a path. */
export function readRevision(word: Word, doing: Doing): void {
  const start = knownStart(word);
  const colon = start.indexOf(":");
  if (colon >= 0 && !start.startsWith(":/")) {
    readAtRevision(dropStart(word, colon + 1), doing);
    return;
  }
  if (isOpen(word)) {
    if (word.glob) doing.read(word);
    else doing.mustKnow(word);
    return;
  }
  if (/^(~|\.{0,2}\/)/.test(word) || doing.exists(word) || looksSecret(`/${word}`)) doing.read(word);
}

/** `HEAD:path` starts at the top of the work tree, `HEAD:./path` at the current directory, `:2:path` at a stage. */
function readAtRevision(path: Word, doing: Doing): void {
  const start = knownStart(path);
  const stage = /^\d:/.exec(start);
  const plain = stage === null ? path : dropStart(path, 2);
  if (isOpen(plain)) {
    doing.mustKnow(plain);
    doing.read(plain);
    return;
  }
  if (plain === "") return;
  const relative = plain.startsWith("./") || plain.startsWith("../");
  const top = doing.surroundings.places.repo[0];
  doing.read(relative || top === undefined ? plain : `${top}/${plain}`);
}

function readWord(word: Word, doing: Doing): void {
  const start = knownStart(word);
  // Pathspec magic: `:(exclude)x`, `:!x`, `:/x`.
  if (/^:[!^]|^:\(.*exclude/.test(start)) return;
  const magic = /^:(\([^)]*\)|\/)/.exec(start);
  doing.read(magic === null ? word : dropStart(word, magic[0].length));
}

/** Notes that a ref is changed: mirror's own are files that guard. `prefix` is where a short name belongs. */
export function changeRef(word: Word, prefix: string, doing: Doing): void {
  if (isOpen(word)) return;
  const name = word.startsWith("refs/") ? word : prefix + word;
  if (!isMirrorRef(name)) return;
  doing.place(
    "fs.write",
    `${doing.surroundings.places.git[0] ?? "/.git"}/${name.replaceAll("..", "")}`,
    "exact",
  );
}

/** Tells whether a ref is mirror's own: ledgers, inputs, approvals. */
function isMirrorRef(name: string): boolean {
  return /^refs\/mirror(\/|$)|^refs\/\*$/i.test(name);
}

/** The ref that a refspec writes, as far as it is spelled out; a pattern for the shell may stay as it is. */
function refspecTarget(word: Word): { text: string; target: string; colon: number } {
  const text = isOpen(word) && word.glob ? word.text : knownStart(word);
  const colon = text.indexOf(":");
  return { text, colon, target: colon < 0 ? text.replace(/^\+/, "") : text.slice(colon + 1) };
}

/** Tells whether a ref, or some ref that its `*` stands for, may be mirror's own. */
function mayBeMirrorRef(target: string): boolean {
  if (isMirrorRef(target) || /refs\/mirror/i.test(target)) return true;
  const star = target.search(/[*?[]/);
  return star > 0 && "refs/mirror/".startsWith(target.slice(0, star).toLowerCase());
}

/** What a refspec (`+src:dst`, `:dst`, `src`) does to refs elsewhere. A short name may mean any ref there. */
export function judgeRefspec(word: Word, doing: Doing): void {
  const { text, colon, target } = refspecTarget(word);
  if (text.startsWith("+")) doing.adds(risk("high", "rewrites-history"));
  if (colon === 0 && text.length > 1) doing.adds(risk("high", "destroys-data"));
  if (mayBeMirrorRef(target) || (colon >= 0 && /^mirror\//i.test(target))) {
    doing.adds(risk("critical", "changes-guard"));
  }
  doing.mustKnow(word);
}

/** What a refspec does to refs of this repository: mirror's own are files that guard. */
export function judgeFetchedRefspec(word: Word, doing: Doing): void {
  const { text, colon, target } = refspecTarget(word);
  doing.mustKnow(word);
  if (colon < 0) return;
  if (text.startsWith("+")) doing.adds(risk("high", "rewrites-history"));
  if (!mayBeMirrorRef(target)) return;
  doing.adds(risk("critical", "changes-guard"));
  doing.place("fs.write", `${doing.surroundings.places.git[0] ?? "/.git"}/refs/mirror`, "tree");
}
