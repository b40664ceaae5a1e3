import { setImmediate as nextTurn } from "node:timers/promises";
import { redactInput } from "../analysis/redact-input.ts";
import type { Clock } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import type { AnsweredCall } from "../gate/ports.ts";
import { type CommitmentKey, commitTo } from "../ledger/commitment.ts";
import { addInputs, type InputsPlace } from "../ledger/inputs.ts";
import type { KeptInput, RedactedInput } from "../model/kept-input.ts";
import type { RemovedValue } from "../model/receipt.ts";
import { type Seal, sealFor } from "../signers/sealed-text.ts";
import { reportFailure } from "./report-failure.ts";

/** Milliseconds after a call by which its input is in git: seldom, so that packs stay few. */
const writeDelay = 60_000;

/** Inputs that are written together, and characters of them that may wait; past that they are written at once. */
const mostTogether = 128;
const mostWaiting = 4_194_304;

/** Values of one input that get a commitment of their own. */
const mostCommitments = 64;

/** Characters past which inputs are let go: what comes faster than git takes it. */
const mostHeld = 33_554_432;

/**
 * Keeps the redacted inputs of calls in a ref of their own, in the background: no answer waits for it, and what waits is
 * lost with the process. All of it happens after the answers, a piece at a time.
 */
export class GateInputs {
  readonly #place: InputsPlace;
  readonly #key: CommitmentKey;
  readonly #owners: () => readonly Uint8Array[];
  readonly #clock: Clock;
  #waiting: AnsweredCall[] = [];
  #held = 0;
  #timer: NodeJS.Timeout | null = null;
  #last: Promise<void> = Promise.resolve();

  /** `owners` gives the keys that inputs are encrypted to, as of now. */
  constructor(place: InputsPlace, key: CommitmentKey, owners: () => readonly Uint8Array[], clock: Clock) {
    this.#owners = owners;
    this.#place = place;
    this.#key = key;
    this.#clock = clock;
  }

  /** Takes the input of an answered call, as it is; it is redacted later. */
  keep(call: AnsweredCall): void {
    if (call.record === "none" || this.#held + call.raw.length > mostHeld) return;
    this.#waiting.push(call);
    this.#held += call.raw.length;
    const isMuch = this.#waiting.length >= mostTogether || this.#held >= mostWaiting;
    if (isMuch) void this.write();
    else this.#timer ??= setTimeout(() => void this.write(), writeDelay).unref();
  }

  /** Writes what waits. Never rejects: a call's receipt is there all the same. */
  write(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#last = this.#last.then(() => this.#writeNow()).catch(reportFailure);
    return this.#last;
  }

  async #writeNow(): Promise<void> {
    const calls = this.#waiting;
    this.#waiting = [];
    this.#held = 0;
    const inputs: KeptInput[] = [];
    const seal = calls.some(({ record }) => record === "encrypted") ? await this.#seal() : null;
    for (const call of calls) {
      const { seq, record } = call;
      const text = `${JSON.stringify(this.#redacted(call))}\n`;
      if (record === "redacted") inputs.push({ seq, form: "json", text });
      // What nobody can be asked to open is not kept in the open instead.
      else if (seal !== null) inputs.push({ seq, form: "asc", text: await seal(text) });
      await nextTurn();
    }
    await addInputs(this.#place, inputs, this.#clock());
  }

  async #seal(): Promise<Seal | null> {
    const seal = await sealFor(this.#owners());
    if (seal === null) reportFailure(noKeyToEncryptTo());
    return seal;
  }

  /** What the receipt has no commitment to gets one here. */
  #redacted({ raw, contents, removed }: AnsweredCall): RedactedInput {
    const told = new Set(removed.map(({ value }) => value));
    const more: RemovedValue[] = [];
    const fields = contents.map(({ field }) => field);
    const input = redactInput(raw, fields, [...told], ({ kind, value }) => {
      if (told.has(value) || more.length >= mostCommitments) return;
      told.add(value);
      more.push({ kind, commitment: commitTo(this.#key, value) });
    });
    return { input, removed: more };
  }
}

function noKeyToEncryptTo(): MirrorError {
  return new MirrorError(
    "no-key",
    "inputs are not kept: no signer of the trust role has an OpenPGP key to encrypt to",
    {
      hint: "say `record: redacted` or `none` in the binding, or give a signer a key with an encryption subkey",
    },
  );
}
