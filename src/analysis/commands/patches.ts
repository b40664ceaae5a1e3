import type { Word } from "../../model/command.ts";
import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import { guardWords } from "./guarded-paths.ts";

/** Lines of a patch that name a file it changes, makes or moves. */
const naming = /^(?:\+\+\+|---|rename to|copy to|Index:) +"?([^\t\r\n"]+)/gm;

/**
 * A patch changes the files it names, which makes it unsure. Where it can be read, those that guard the repository are
 * said, with any number of leading directories left out.
 */
export function applyPatches(patches: readonly Word[], directory: Word | null, doing: Doing): void {
  const { stdin } = doing.invocation;
  const texts = patches.map((word) => {
    const before = doing.effects.length;
    const text = doing.lookInto(word);
    doing.effects.length = before;
    return text;
  });
  if (patches.length === 0) texts.push(stdin);
  const prefix = directory === null || isOpen(directory) ? "" : `${directory}/`;
  const paths = new Set<string>();
  for (const text of texts) {
    for (const [, path = ""] of (text ?? "").matchAll(naming)) {
      const segments = path.trim().split("/");
      for (let at = 0; at < Math.min(segments.length, 8); at++)
        paths.add(prefix + segments.slice(at).join("/"));
      if (paths.size > 500) return;
    }
  }
  guardWords([...paths], doing);
}
