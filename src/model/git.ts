/** A git object as its bytes say, without the header. */
export interface GitObject {
  readonly type: "commit" | "tree" | "blob" | "tag";
  readonly data: Uint8Array;
}

/** One entry of a tree object. */
export interface TreeEntry {
  /** As git writes it: `100644`, `100755`, `120000`, `40000`, `160000`. */
  readonly mode: string;
  readonly name: string;
  /** 40 hex digits. */
  readonly id: string;
}
