/**
 * The directories that paths are told apart by. All absolute, normalised, without a trailing slash, and by
 * real path. Recorded with every decision, so that it can be replayed anywhere.
 */
export interface Places {
  /** Roots of the repository's work trees: the main one and every linked one. */
  readonly repo: readonly string[];
  /** The person's home directory. */
  readonly home: string;
  /** Directories for scratch files: `/tmp`, `$TMPDIR`. */
  readonly tmp: readonly string[];
  /** Git directories of this repository: the common directory and every worktree's own. */
  readonly git: readonly string[];
  /** MIRROR_HOME. */
  readonly mirror: readonly string[];
}

/** Tells whether the normalised absolute path `path` is `root` or lies below it. */
export function isUnder(path: string, root: string): boolean {
  return path === root || (root === "/" ? path.startsWith("/") : path.startsWith(`${root}/`));
}
