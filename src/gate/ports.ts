import type { Removed } from "../analysis/secret-text.ts";
import type { World } from "../analysis/world.ts";
import type { Clock } from "../base/clock.ts";
import type { WrittenTree } from "../git/tree-builder.ts";
import type { Content, TranscriptPlaces } from "../model/call.ts";
import type { Lineage } from "../model/lineage.ts";
import type { Places } from "../model/places.ts";
import type { PolicySet } from "../model/policy-set.ts";
import type { ReceiptBody } from "../model/receipt.ts";
import type { RecordMode } from "../model/record-mode.ts";
import type { ReportedMessage } from "../model/reported-use.ts";
import type { CompiledPolicySet } from "../policy/compile.ts";
import type { Instruments } from "./measures.ts";

/** The policy set in force and what stands behind it. */
export interface CurrentPolicy {
  readonly lineage: Lineage;
  readonly set: PolicySet;
  readonly compiled: CompiledPolicySet;
  /** The tree that holds it, with its objects. */
  readonly tree: WrittenTree;
}

/** Where a receipt went. */
export interface WrittenReceipt {
  readonly seq: number;
}

/** A call that was answered, with what of it may be kept apart from its receipt. Raw: never stored as it is. */
export interface AnsweredCall {
  readonly seq: number;
  /** The agent's own choice. */
  readonly record: RecordMode;
  readonly raw: string;
  readonly contents: readonly Content[];
  readonly removed: readonly Removed[];
}

/** Whose transcripts are read, and where the client says that they are. */
export interface TranscriptsOf {
  readonly agent: string;
  readonly session: string;
  readonly client: string;
  readonly transcripts: TranscriptPlaces;
}

/** What a look at transcripts finds. */
export interface TranscriptReading {
  /** Those that are news, each once. */
  readonly messages: readonly ReportedMessage[];
  /** Lines that should tell something and cannot be read. */
  readonly skipped: number;
  /** Whether there is nothing left to read. */
  readonly isComplete: boolean;
}

/** Reads what was added to transcripts. `isNews`: whether a message says what was not counted. Throws `usage-unreadable`. */
export type ReadTranscripts = (
  of: TranscriptsOf,
  isNews: (message: ReportedMessage) => boolean,
) => Promise<TranscriptReading>;

/** What the gate needs of the world around it. */
export interface GateParts extends Instruments {
  /** The gate's id. */
  readonly gate: string;
  /** Gives the approved policy set as of now. Throws MirrorError where there is none to stand on. */
  readonly currentPolicy: () => Promise<CurrentPolicy>;
  /** Writes a receipt that stands under a policy set; it is durable when this resolves. Throws MirrorError when it cannot be. */
  readonly write: (body: ReceiptBody, policy: CurrentPolicy) => Promise<WrittenReceipt>;
  /** Keeps the input of a call, redacted, some time after its answer. Takes no time itself. */
  readonly keepInput: (call: AnsweredCall) => void;
  /** Finds the signer of an answer by the keys of the policy set in force, or says why it is nobody's. */
  readonly findConsenter: (
    text: string,
    signature: string,
  ) => Promise<{ readonly signer: string } | { readonly why: string }>;
  /** Reads what was added to the transcripts of an agent's client. */
  readonly readTranscripts: ReadTranscripts;
  /** Lets the next look at an agent's transcripts begin anew: what the last one found was not counted. */
  readonly forgetTranscripts: (agent: string) => void;
  /** Tells a person that a call waits, by the program of their choosing. Takes no time itself and never throws. */
  readonly notify: (program: readonly string[], text: string) => void;
  /** Asks for the ledger's ref to follow the journal soon. */
  readonly foldSoon: () => void;
  /** The directories that paths are told apart by, as of now. */
  readonly places: () => Promise<Places>;
  readonly world: World;
  readonly clock: Clock;
  /** Gives `n` random bytes. */
  readonly random: (n: number) => Uint8Array;
  /** The gate's local secret, 32 bytes: salts and call handles come from it. */
  readonly localKey: Uint8Array;
  /** False when the disk reserve is touched: then nothing is allowed and nothing written. */
  readonly hasDiskReserve: () => boolean;
  /** Told of every failure that ends in a deny. */
  readonly report: (error: unknown) => void;
}
