import type { PushedRef } from "../app/policy/moved-ref.ts";

/** Reads what git tells a server's `pre-receive`: old id, new id and name of each ref, a line each. */
export function readReceivedRefs(text: string): PushedRef[] {
  return wordsOf(text).map(([from = "", to = "", ...ref]) => ({
    from: idOf(from),
    to: idOf(to),
    ref: ref.join(" "),
  }));
}

/** Reads what git tells `pre-push`: name and id here, name and id there, a line for each ref. */
export function readPushedRefs(text: string): PushedRef[] {
  return wordsOf(text).map((words) => {
    // What is pushed here may be any expression, also one with blanks in it.
    const [to = "", ref = "", from = ""] = words.slice(-3);
    return { from: idOf(from), to: idOf(to), ref };
  });
}

function wordsOf(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split(" "));
}

function idOf(given: string): string | null {
  return /^0+$/.test(given) ? null : given;
}
