import type { ClientId, HookEvent } from "../model/call.ts";
import type { ReportedMessage } from "../model/reported-use.ts";
import type { Verdict } from "../model/verdict.ts";

/** Which of a client's settings files hold the hook. */
export type Scope = "local" | "project" | "user";

/** A settings file: a path below the root of a work tree, or below the person's home. */
export interface SettingsFile {
  readonly below: "work-tree" | "home";
  readonly path: string;
}

/** One of our hooks as a settings file has it. */
export interface InstalledHook {
  readonly event: string;
  readonly command: string;
  readonly matcher: string | null;
  /** `command` for one that the client runs in a shell. */
  readonly type: string | null;
  /** Seconds. */
  readonly timeout: number | null;
  readonly onFailure: string | null;
}

/** What a settings file says about our hooks. */
export interface InstalledHooks {
  readonly hooks: readonly InstalledHook[];
  /** Whether the file switches every hook off. */
  readonly disabled: boolean;
  /** Whether it is a managed file that switches off every hook but those it holds itself. */
  readonly managedOnly: boolean;
  /** Variables it sets that decide what runs before the first line of a hook. */
  readonly steering: readonly string[];
}

/** The program that hosts the model, where its version matters. */
export interface ClientProgram {
  readonly name: string;
  /** The first version that blocks a call whose hook fails, as `2.1.295`. */
  readonly failsClosedFrom: string;
  readonly upgrade: string;
}

/** How a client writes down what its model calls took. */
export interface TranscriptFormat {
  /** Below the client's directory of what is the person's: the directory that all of them lie in. */
  readonly directory: string;
  /** Reads a line. Null: it tells of no model call, or of one that costs nothing; `garbage`: it should and cannot be read. */
  readLine(line: string): ReportedMessage | "garbage" | null;
}

/** A call that no policy set permits, for a hook to be tried with. */
export interface ForbiddenCall {
  readonly session: string;
  readonly callId: string;
  readonly workTree: string;
}

/**
 * One client's hook format. Chosen by the name the hook was installed with, never guessed from a payload.
 *
 * The settings functions take the text of a settings file and give it back with only mirror's entries changed;
 * `file` names it in messages. They throw `invalid-document` for a text they cannot change safely.
 */
export interface Dialect {
  readonly id: ClientId;
  /** The client's events that mirror installs a hook for, the one that asks for a decision first. */
  readonly events: readonly string[];
  /** The event whose answer decides a tool call. */
  readonly decidingEvent: string;
  readonly program: ClientProgram;
  /** The environment variable that moves the directory of the person's own settings. */
  readonly configVariable: string;
  /** Where administrators set what nobody else changes, by platform. Absolute paths. */
  readonly managedSettings: Readonly<Record<string, string>>;
  /** Reads what the client sent. `event`: what the hook is installed for; `""` if not known. Throws `malformed-payload`. */
  decode(event: string, payload: Uint8Array): HookEvent;
  /** Gives the answer to the deciding event: one line without its newline. */
  encodeDecision(verdict: Verdict, reason: string): string;
  /** Gives the answer to every other event. */
  encodeNothing(): string;
  /** Reads an answer to the deciding event as the client does; null where it would take it for none. */
  decodeDecision(answer: string): { readonly verdict: Verdict; readonly reason: string } | null;
  /** Gives the payload of a call that every policy set denies, as the client would send it. */
  forbiddenCall(call: ForbiddenCall): string;
  readonly transcripts: TranscriptFormat;
  settingsFile(scope: Scope): SettingsFile;
  /** Puts one hook per event into the settings, in place of ours that stand there. `settings`: null for no file. */
  install(settings: string | null, command: (event: string) => string, file: string): string;
  /** Takes our hooks out. Gives null if nothing but an empty object is left. */
  uninstall(settings: string, file: string): string | null;
  /** Reads our hooks back. */
  installed(settings: string, file: string): InstalledHooks;
  /** Whether the settings hold exactly these hooks of ours and do not switch hooks off. */
  isInstalled(settings: string, command: (event: string) => string, file: string): boolean;
}
