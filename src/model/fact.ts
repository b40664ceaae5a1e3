/** Where a fact comes from. */
interface FactSource {
  readonly kind: "person" | "agent" | "receipt" | "commit" | "file" | "url";
  /** What `kind` says it is: an id, a path, an address. */
  readonly ref: string;
}

/** `memory/<id>.md`: one thing the repository remembers, with its provenance. */
export interface Fact {
  readonly id: string;
  readonly subject: string;
  /** The fact in one sentence; null where the text is the fact. */
  readonly statement: string | null;
  readonly source: FactSource;
  /** `proposed` until a person approves it. */
  readonly status: "proposed" | "established";
  /** A date, or a time in UTC, as written. */
  readonly created: string;
  readonly tags: readonly string[];
  /** The Markdown below the front matter. */
  readonly text: string;
}
