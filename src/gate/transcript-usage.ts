import { redactLong } from "../analysis/redact.ts";
import { MirrorError } from "../base/errors.ts";
import type { SpendBody } from "../model/receipt.ts";
import { type ReportedMessage, unnamedModel } from "../model/reported-use.ts";
import { modelBudgets } from "../policy/model-calls.ts";
import { pricedUse, reportedCostOf } from "../policy/reported-calls.ts";
import type { CountedMessages } from "./counted-messages.ts";
import type { GrantBook } from "./grants.ts";
import type { CurrentPolicy, GateParts, TranscriptsOf } from "./ports.ts";
import { policyToSpendBy, type SpendBook } from "./spend.ts";

/** Models that one look has receipts of; those beyond share one. */
const mostModels = 8;

/** How long is looked for one event, in milliseconds. */
const longest = 1_000;

/**
 * Counts towards budgets what the model calls of an agent took, as its client's transcripts say, where its binding says that
 * this is how they are metered. The calls were made already; what they used up stops the next tool call.
 */
export class TranscriptUsage {
  readonly #parts: GateParts;
  readonly #book: SpendBook;
  readonly #grants: GrantBook;
  readonly #counted: CountedMessages;
  /** The look that is under way, by agent: the next one begins where it ends. */
  readonly #looks = new Map<string, Promise<boolean>>();

  constructor(parts: GateParts, book: SpendBook, grants: GrantBook, counted: CountedMessages) {
    this.#parts = parts;
    this.#book = book;
    this.#grants = grants;
    this.#counted = counted;
  }

  /**
   * Counts what is new in an agent's transcripts, if by a policy set they are what it is metered by. Throws
   * `usage-unreadable`, also where it has a budget of what they tell and they are too long to be read at once.
   */
  async count(of: TranscriptsOf, policy: CurrentPolicy): Promise<void> {
    if (!isMeteredByTranscript(policy, of.agent)) return;
    const before = this.#looks.get(of.agent) ?? Promise.resolve();
    const look = before.catch(() => undefined).then(() => this.#lookOn(of));
    this.#looks.set(of.agent, look);
    if ((await look) || modelBudgets(policy.compiled, of.agent).length === 0) return;
    throw new MirrorError("usage-unreadable", "what its transcript says that it used is still being read", {
      hint: "try again",
    });
  }

  /** Looks until nothing is left, or it takes too long; gives whether nothing is. */
  async #lookOn(of: TranscriptsOf): Promise<boolean> {
    await this.#counted.open();
    const until = performance.now() + longest;
    try {
      for (;;) {
        if (await this.#look(of)) return true;
        if (performance.now() > until) return false;
      }
    } catch (error) {
      // What was found and not counted is found again.
      this.#parts.forgetTranscripts(of.agent);
      throw error;
    }
  }

  async #look(of: TranscriptsOf): Promise<boolean> {
    const { messages, skipped, isComplete } = await this.#parts.readTranscripts(of, (message) =>
      this.#counted.isNews(of.agent, message),
    );
    let left = skipped;
    for (const [model, ofModel] of byModel(messages)) {
      await this.#report(of, model, ofModel, left);
      left = 0;
    }
    return isComplete;
  }

  async #report(
    { agent, session }: TranscriptsOf,
    model: string,
    messages: readonly ReportedMessage[],
    skipped: number,
  ): Promise<void> {
    await this.#grants.open();
    const policy = await policyToSpendBy(this.#parts, this.#book, agent);
    if (!isMeteredByTranscript(policy, agent)) {
      this.#parts.forgetTranscripts(agent);
      return;
    }
    // INVARIANT: nothing is waited for from here to `write`: no other call comes between.
    const { counted, uncount } = this.#counted.count(agent, messages);
    const report = { source: "transcript", messages: counted, skipped } as const;
    const use = pricedUse({ model, report }, policy.set.prices);
    const budgets = modelBudgets(policy.compiled, agent);
    const held = this.#book.of(
      { agent, session },
      budgets,
      (budget) => reportedCostOf(budget, use, { used: 0 }) || null,
    );
    const spend = this.#grants.raised(agent, policy.lineage.lineage, held).map((each) => {
      const budget = budgets.find(({ id }) => id === each.budget);
      return budget === undefined ? each : { ...each, cost: reportedCostOf(budget, use, each) };
    });
    const untake = this.#book.take({ agent, session }, spend);
    const body: SpendBody = {
      kind: "spend",
      what: "reported",
      ...{ agent, subagent: null, session, model, reservation: null },
      ...use,
      ...(spend.length === 0 ? {} : { spend }),
      reason: null,
      report,
    };
    await this.#parts.write(body, policy).catch((error: unknown) => {
      untake();
      uncount();
      throw error;
    });
    this.#parts.foldSoon();
  }
}

/** Whether it is in its client's transcripts that an agent's model calls are metered. */
export function isMeteredByTranscript({ compiled }: CurrentPolicy, agent: string): boolean {
  return compiled.agents.get(agent)?.usage === "transcript";
}

function byModel(messages: readonly ReportedMessage[]): ReadonlyMap<string, readonly ReportedMessage[]> {
  const models = new Map<string, ReportedMessage[]>();
  for (const message of messages) {
    const name = redactLong(message.model);
    const model = models.has(name) || models.size < mostModels ? name : unnamedModel;
    const known = models.get(model);
    if (known === undefined) models.set(model, [message]);
    else known.push(message);
  }
  return models;
}
