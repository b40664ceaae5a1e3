import { MirrorError } from "../base/errors.ts";

/** What the installed shim knows of this machine. Absolute paths. */
export interface ShimConstants {
  readonly node: string;
  /** `dist/bin/mirror.mjs` of the program that installs it. */
  readonly main: string;
  /** Null: the shim asks through curl. */
  readonly perl: string | null;
  /** Null where there is no curl: the shim then goes through Node, unless one stands in the usual place. */
  readonly curl: string | null;
}

const opening = "# >>> mirror constants\n";
const closing = "# <<< mirror constants\n";

/**
 * Gives the text of `hooks/mirror-hook` with its constants set. Works as well on a text that had them set
 * before. Throws `internal` if `source` has no block of constants, or a constant is not an absolute path.
 */
export function installShim(source: string, constants: ShimConstants): string {
  const start = source.indexOf(opening);
  const end = source.indexOf(closing, start + opening.length);
  if (start < 0 || end < 0) throw new MirrorError("internal", "this mirror-hook has no block of constants");
  const lines = [
    `PERL=${constants.perl === null ? "" : word(constants.perl)}`,
    `CURL=${word(constants.curl ?? "/usr/bin/curl")}`,
    `MIRROR_NODE=${word(constants.node)}`,
    `MIRROR_MAIN=${word(constants.main)}`,
  ];
  return `${source.slice(0, start + opening.length)}${lines.join("\n")}\n${source.slice(end)}`;
}

/** Reads the constants of an installed shim back; null where it has none that this program wrote. */
export function readShim(text: string): ShimConstants | null {
  const start = text.indexOf(opening);
  const end = text.indexOf(closing, start + opening.length);
  if (start < 0 || end < 0) return null;
  const block = text.slice(start + opening.length, end);
  const constant = (name: string): string | null => {
    const quoted = new RegExp(`^${name}='(/.*)'$`, "m").exec(block)?.[1];
    return quoted === undefined ? null : quoted.replaceAll("'\\''", "'");
  };
  const [node, main] = [constant("MIRROR_NODE"), constant("MIRROR_MAIN")];
  return node === null || main === null
    ? null
    : { node, main, perl: constant("PERL"), curl: constant("CURL") };
}

function word(path: string): string {
  if (path.startsWith("/") && !path.includes("\0")) return `'${path.replaceAll("'", "'\\''")}'`;
  throw new MirrorError("internal", `a constant of mirror-hook must be an absolute path, not \`${path}\``);
}
