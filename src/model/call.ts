/** Clients whose dialect mirror speaks. */
export const clientIds = ["claude-code"] as const;

export type ClientId = (typeof clientIds)[number];

/** One tool call in a client-neutral shape. Every text in it came from outside. */
export interface ToolCall {
  readonly client: ClientId;
  /** The tool's name as the client says it: `Bash`, `mcp__github__search`. */
  readonly tool: string;
  /** The client's session id. */
  readonly session: string;
  /** The client's id for this call, by which its outcome finds it; null if it gave none. */
  readonly callId: string | null;
  /** Absolute; relative paths in the call start here. */
  readonly cwd: string;
  /** Which subagent makes the call; null for the agent itself. */
  readonly subagent: Subagent | null;
  /** Why nobody would be asked, had this call to be asked about; null where somebody is. */
  readonly unattended: string | null;
  /** Milliseconds after which the client ends it, as the call says or else the client does; 0 for what runs nothing. */
  readonly timeout: number;
  /** Whether its outcome comes while it still runs. */
  readonly inBackground: boolean;
  readonly input: ToolInput;
  /** What it would put into files. Neither decided on nor kept: receipts say how much it was, and commit to it. */
  readonly contents: readonly Content[];
  /** The client's tool input as canonical JSON: what the receipt's salted commitment covers. */
  readonly raw: string;
}

/** A text that a call would put into a file, or take for what is there. */
export interface Content {
  /** Where it stands in the tool's input: `content`, `edits[0].new_string`. */
  readonly field: string;
  readonly text: string;
  /** Whether it comes into the file, and is not only looked for there. */
  readonly isNew: boolean;
}

export interface Subagent {
  /** The client's id for this one run. */
  readonly id: string;
  /** Its type, as the client says it; not yet checked to be an id. */
  readonly type: string;
}

/** Paths are as the client gave them: absolute, or relative to `cwd`, `~` not expanded. */
export type ToolInput =
  | { readonly kind: "shell"; readonly command: string }
  | { readonly kind: "read"; readonly path: string }
  /** Replaces or creates a whole file. */
  | { readonly kind: "write"; readonly path: string }
  /** Changes parts of a file: reads it, too. */
  | { readonly kind: "edit"; readonly path: string }
  /** Looks through files below `path`; `pattern` narrows which (a glob), null for all. */
  | {
      readonly kind: "search";
      readonly path: string;
      readonly pattern: string | null;
      readonly reads: boolean;
    }
  | { readonly kind: "fetch"; readonly url: string }
  | { readonly kind: "web-search" }
  | { readonly kind: "mcp"; readonly server: string; readonly tool: string }
  | { readonly kind: "spawn"; readonly type: string }
  /** A tool of the client's that only keeps its own books (a to-do list, say). */
  | { readonly kind: "inert" }
  | { readonly kind: "unknown" };

/** What a client's hook reports, decoded. */
export type HookEvent = { readonly transcripts: TranscriptPlaces } & (
  | { readonly event: "call"; readonly call: ToolCall }
  | { readonly event: "outcome"; readonly outcome: CallOutcome }
  | { readonly event: "session"; readonly change: SessionChange }
);

/** Where the client says that it keeps the transcripts of a session. A claim: nothing says that they are there, or what they are. */
export interface TranscriptPlaces {
  /** Those that this event may have added to; none where it names none. */
  readonly files: readonly string[];
  /** A directory of more, where this event is a time to look at all; else null. */
  readonly directory: string | null;
}

/** What the client says happened. A claim. */
export interface CallOutcome {
  readonly session: string;
  readonly callId: string | null;
  readonly tool: string;
  readonly subagent: Subagent | null;
  readonly status: "ok" | "failed" | "interrupted";
  /** Milliseconds, by the client's clock; null if it gave none. */
  readonly duration: number | null;
  /** The result as canonical JSON. */
  readonly raw: string;
}

export interface SessionChange {
  readonly session: string;
  readonly what: "session-start" | "session-end" | "subagent-start" | "subagent-stop";
  readonly subagent: Subagent | null;
}
