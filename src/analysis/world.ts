/** What the analysis may ask of the machine. Every answer may be null: not there, not readable, too large. */
export interface World {
  /** The file's text as UTF-8, if it is a plain file of at most `limit` bytes. */
  readText(path: string, limit: number): string | null;
  /** The path with symbolic links resolved as far as it exists. */
  realPath(path: string): string | null;
  list(directory: string): readonly DirectoryEntry[] | null;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "other";
}

/** A machine about which nothing is known: what `match` examples are analysed on. */
export const noWorld: World = { readText: () => null, realPath: () => null, list: () => null };
