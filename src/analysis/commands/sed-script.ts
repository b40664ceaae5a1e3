/** Commands of sed that take nothing but, some of them, a number. */
const simple = /[=dDgGhHlLnNpPqQxzF]/;

/**
 * Tells whether a sed script may write files, read others, or run programs. Follows the script command by command; what
 * is not understood counts as reaching.
 */
export function sedReaches(script: string): boolean {
  let at = 0;
  const space = (blanks: RegExp): void => {
    while (at < script.length && blanks.test(script[at] ?? "")) at++;
  };
  /** Passes a stretch that ends at the delimiter; false where it does not end. */
  const section = (delimiter: string): boolean => {
    for (; at < script.length; at++) {
      if (script[at] === "\\") at++;
      else if (script[at] === delimiter) {
        at++;
        return true;
      }
    }
    return false;
  };
  /** Passes an address, if there is one; false where it does not end. */
  const address = (): boolean => {
    const first = script[at] ?? "";
    if (first === "/" || first === "\\") {
      at += first === "/" ? 1 : 2;
      if (!section(first === "/" ? "/" : (script[at - 1] ?? ""))) return false;
      while (/[IM]/.test(script[at] ?? "")) at++;
    } else while (/[\d$~+]/.test(script[at] ?? "")) at++;
    return true;
  };
  while (at < script.length) {
    space(/[\s;]/);
    if (at >= script.length) break;
    for (let more = true; more; ) {
      if (!address()) return true;
      space(/[ \t]/);
      more = script[at] === ",";
      if (more) at++;
      space(/[ \t]/);
    }
    space(/[\s!]/);
    const command = script[at++] ?? "";
    if (command === "{" || command === "}") continue;
    if (command === "#") {
      if (!section("\n")) at = script.length;
      continue;
    }
    if (/[aic]/.test(command)) {
      // Its text ends with the line, unless a backslash stands before the end.
      if (!section("\n")) at = script.length;
      continue;
    }
    if (command === "s" || command === "y") {
      const delimiter = script[at++] ?? "";
      if (/[\\\n]/.test(delimiter) || !section(delimiter) || !section(delimiter)) return true;
      const flags = /^[gpiIMm\d]*/.exec(script.slice(at))?.[0] ?? "";
      at += flags.length;
    } else if (/[:btT]/.test(command)) {
      while (at < script.length && !/[;\n}]/.test(script[at] ?? "")) at++;
    } else if (simple.test(command)) {
      space(/[ \t\d]/);
    } else return true;
    space(/[ \t]/);
    if (at < script.length && !/[;\n}#]/.test(script[at] ?? "")) return true;
  }
  return false;
}
