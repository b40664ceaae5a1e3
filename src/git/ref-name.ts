import { MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";

// Git's own rules (git-check-ref-format), and within them a length that every file system takes.
const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|(^|\/)\.|\.lock(\/|$)/;

/** Tells whether `name` may be a full ref name: `HEAD`, another upper-case name at the top, or `refs/…`. */
export function isRefName(name: string): boolean {
  if (name.length > 512 || forbidden.test(name)) return false;
  return /^[A-Z_]+$/.test(name) || name.startsWith("refs/");
}

/** Throws `bad-ref` for what is no full ref name. */
export function checkRefName(name: string): void {
  if (isRefName(name)) return;
  throw new MirrorError(
    "bad-ref",
    `\`${printable(name)}\` is no ref name, expected \`refs/…\` by git's rules`,
    {
      data: { ref: name },
    },
  );
}
