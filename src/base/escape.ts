// Control characters, bidirectional controls, zero-width and other invisible format characters, line and
// paragraph separators, the byte-order mark, tag characters, variation selectors supplement, surrogates.
const unprintable =
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\u034F|[\u180B-\u180D]|\u180F|[\uFE00-\uFE0F]|[\u{E0000}-\u{E0FFF}]/gu;

/** Nearly all text there is: nothing in it to look for. */
const harmless = /^[\u0020-\u007E]*$/;

/**
 * Makes text that came from outside safe to print on one line: every character that could move the cursor,
 * reorder or hide text, or start a new line becomes a visible `\u{…}` escape (`\n` and `\t` by name).
 */
export function printable(text: string): string {
  if (harmless.test(text)) return text;
  return text.replace(unprintable, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    if (character === "\r") return "\\r";
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Cuts text to `length` code points, with `…` as the last one where something was cut. */
export function shorten(text: string, length: number): string {
  // A code point is one unit of the text or two.
  if (text.length <= length) return text;
  const points = Array.from(text);
  return points.length <= length ? text : `${points.slice(0, length - 1).join("")}…`;
}
