import type { Clock } from "../base/clock.ts";
import { messageHandle } from "../ledger/commitment.ts";
import type { ChargedTokens } from "../model/model-use.ts";
import type { UsageReport } from "../model/receipt.ts";
import { type CountedMessage, grown, type ReportedMessage } from "../model/reported-use.ts";

/** Reads back from the ledger what messages were counted since a time (milliseconds), in the ledger's order. */
export type RecallMessages = (since: number) => Promise<readonly (UsageReport & { readonly time: number })[]>;

/** A message that is older when it is first read does not count, so that nothing older has to be remembered, in milliseconds. */
const oldest = 7 * 24 * 3_600_000;

/** A receipt is younger than the messages it counts; so much longer it is looked at. */
const margin = 24 * 3_600_000;

interface Known {
  readonly tokens: ChargedTokens;
  /** When it was last counted. */
  readonly time: number;
}

/**
 * Which messages of models were counted, and how much of each: told by the receipts alone, so that no file that changes and
 * no process that ends has one counted twice, or less of it.
 */
export class CountedMessages {
  readonly #localKey: Uint8Array;
  readonly #recall: RecallMessages;
  readonly #clock: Clock;
  /** By handle, those that were counted last at the end. */
  readonly #known = new Map<string, Known>();
  #opening: Promise<void> | null = null;

  constructor(localKey: Uint8Array, recall: RecallMessages, clock: Clock) {
    this.#localKey = localKey;
    this.#recall = recall;
    this.#clock = clock;
  }

  /** Reads back what was counted, once. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    for (const { messages, time } of await this.#recall(this.#clock() - oldest - margin))
      for (const { id, tokens } of messages) this.#remember(id, { tokens, time });
  }

  /** Whether a message says more than was counted of it. */
  isNews(agent: string, { id, time, tokens }: ReportedMessage): boolean {
    if (time !== null && time < this.#clock() - oldest) return false;
    return grown(this.#of(agent, id), tokens) !== null;
  }

  /** Counts messages; gives how receipts say it, and a way to undo that, for what gets no receipt. */
  count(
    agent: string,
    messages: readonly ReportedMessage[],
  ): { readonly counted: readonly CountedMessage[]; readonly uncount: () => void } {
    const time = this.#clock();
    const counted = messages.flatMap((message): CountedMessage[] => {
      const id = messageHandle(this.#localKey, agent, message.id);
      const before = this.#known.get(id)?.tokens ?? null;
      const tokens = grown(before, message.tokens);
      if (tokens === null) return [];
      this.#remember(id, { tokens, time });
      return [{ id, tokens, ...(before === null ? {} : { before }) }];
    });
    this.#forget(time - oldest - margin);
    const uncount = (): void => {
      for (const { id, before } of counted)
        if (before === undefined) this.#known.delete(id);
        else this.#remember(id, { tokens: before, time });
    };
    return { counted, uncount };
  }

  #of(agent: string, id: string): ChargedTokens | null {
    return this.#known.get(messageHandle(this.#localKey, agent, id))?.tokens ?? null;
  }

  #remember(id: string, known: Known): void {
    this.#known.delete(id);
    this.#known.set(id, known);
  }

  #forget(until: number): void {
    for (const [id, { time }] of this.#known) {
      if (time >= until) return;
      this.#known.delete(id);
    }
  }
}
