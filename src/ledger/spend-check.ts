import { canonicalJson } from "../base/canonical-json.ts";
import { isSettled, type Settlement, type Spend, windowLabel, windowOfLabel } from "../model/budget.ts";
import { type ChargedTokens, settlementsOf } from "../model/model-use.ts";
import type { Receipt, ReceiptHeader, SpendBody, UsageReport } from "../model/receipt.ts";
import { type Spender, Spending } from "../model/spending.ts";
import type { Report } from "./verify-receipt.ts";

/** Between the look at the clock and the receipt's time, in milliseconds. */
const longestDecision = 60_000;

/** What was taken for a call and is not settled yet, as far as it may be. */
interface Open {
  readonly call: "tool" | "model";
  readonly spender: Spender;
  readonly spend: readonly Spend[];
}

/** Open calls, and messages, that are remembered: many more than a gate measures at once, since it does not measure all of them. */
const mostOpen = 100_000;

/**
 * Follows what a ledger says of budgets from receipt to receipt: a gate that says less was used than its own receipts add
 * up to, counts in a window of another time, or settles what it did not take, is found out.
 */
export class SpendCheck {
  readonly #spending = new Spending();
  readonly #open = new Map<number, Open>();
  /** What asks took, by number: one that a person denies gives all of it back. */
  readonly #asked = new Map<number, Open>();
  /** What clients reported of messages, by the messages' ids. */
  readonly #reported = new Map<string, ChargedTokens>();

  check(receipt: Receipt, report: Report): void {
    if (receipt.kind === "decision") {
      const { agent, session, spend = [] } = receipt.input;
      const spender = { agent, session };
      this.#compare(spender, spend, receipt, report);
      const { verdict } = receipt.decision;
      if (verdict !== "deny") this.#take(receipt.seq, { call: "tool", spender, spend });
      if (verdict === "ask" && spend.length > 0)
        remember(this.#asked, receipt.seq, { call: "tool", spender, spend });
    }
    if (receipt.kind === "approval") {
      const asked = this.#asked.get(receipt.ask) ?? null;
      this.#asked.delete(receipt.ask);
      // What may not run has no outcome to be settled by.
      if (receipt.answer !== "allow") this.#end(receipt.ask, "tool", receipt.agent);
      this.#settle(receipt.answer === "allow" ? null : asked, receipt.settled ?? [], report);
    }
    if (receipt.kind === "outcome") {
      // An outcome ends a call, whatever it settles.
      const open = this.#end(receipt.decision, "tool", receipt.agent);
      // Nor does a denial give back what an outcome settled before.
      if (receipt.decision !== null) this.#asked.delete(receipt.decision);
      this.#settle(receipt.status === "undelivered" ? null : open, receipt.settled ?? [], report);
    }
    if (receipt.kind === "spend") {
      const { what, agent, session, spend = [], settled = [], reservation } = receipt;
      const spender = { agent, session };
      this.#compare(spender, spend, receipt, report);
      if (what === "reserved") this.#take(receipt.seq, { call: "model", spender, spend });
      // Nothing settles it: what a client told stays spent.
      if (what === "reported") this.#spend(spender, spend);
      if (receipt.report !== undefined) this.#compareReported(receipt.report, report);
      const open = this.#end(reservation, "model", agent);
      if (open !== null) this.#compareMeasured(open, receipt, report);
      this.#settle(open, settled, report);
    }
  }

  /** Holds what is said to be used against what the receipts before it add up to. */
  #compare(spender: Spender, spend: readonly Spend[], receipt: ReceiptHeader, report: Report): void {
    const time = Date.parse(receipt.time);
    for (const each of spend) {
      const { budget, window, elsewhere = 0 } = each;
      const used = each.used - elsewhere;
      const kind = windowOfLabel(window);
      const labels = kind === null ? [] : [time, time - longestDecision].map((at) => windowLabel(kind, at));
      if (!labels.includes(window))
        report("spend-differs", `it counts ${budget} in the window ${window}, at ${receipt.time}`);
      const expected = this.#spending.used(spender, each);
      if (used < expected)
        report("spend-differs", `it says ${used} was used of ${budget} in ${window}, expected ${expected}`);
      this.#spending.set(spender, each, Math.max(used, expected));
    }
  }

  /** What a model call says that was measured must be what it settles. */
  #compareMeasured({ spend }: Open, receipt: SpendBody, report: Report): void {
    const { settled = [], reservation } = receipt;
    const same = canonicalJson(settlementsOf(spend, receipt)) === canonicalJson(settled);
    if (!same) report("spend-differs", `what it settles of receipt ${reservation} is not what it measured`);
  }

  /** What it says was counted of a message before must be what the last receipt of that message said. */
  #compareReported({ messages, skipped }: UsageReport, report: Report): void {
    if (messages.length === 0 && skipped === 0) report("spend-differs", "it reports nothing");
    for (const { id, tokens, before } of messages) {
      const known = this.#reported.get(id);
      const isLost = known === undefined && this.#reported.size === mostOpen;
      if (before !== undefined && !isLost && canonicalJson(before) !== canonicalJson(known ?? null))
        report(
          "spend-differs",
          `what it says was counted of message ${id} before is not what receipts counted`,
        );
      // The last one at the end.
      this.#reported.delete(id);
      remember(this.#reported, id, tokens);
    }
  }

  #spend(spender: Spender, spend: readonly Spend[]): void {
    for (const each of spend) this.#spending.add(spender, each, each.cost);
  }

  #take(seq: number, open: Open): void {
    this.#spend(open.spender, open.spend);
    const spend = open.spend.filter(({ unit }) => isSettled(unit));
    if (spend.length === 0) return;
    remember(this.#open, seq, { ...open, spend });
  }

  /** Gives what is open of a call, and ends it; null where nothing is, or where it is another's. */
  #end(seq: number | null, call: Open["call"], agent: string): Open | null {
    if (seq === null) return null;
    const open = this.#open.get(seq);
    this.#open.delete(seq);
    return open?.call === call && open.spender.agent === agent ? open : null;
  }

  /** What is settled must have been taken, and not be less than nothing in the end. */
  #settle(open: Open | null, settled: readonly Settlement[], report: Report): void {
    for (const [index, settlement] of settled.entries()) {
      const { budget, window, unit, by } = settlement;
      const taken = open?.spend.find((each) => each.budget === budget && each.window === window);
      const isFirst = settled.findIndex((each) => each.budget === budget) === index;
      if (open === null || taken === undefined || taken.unit !== unit || !isFirst)
        report("spend-differs", `it settles ${budget} in ${window}, of which nothing is open to be settled`);
      else if (taken.cost + by < 0)
        report(
          "spend-differs",
          `it takes back ${-by} of ${budget} in ${window}, where ${taken.cost} was taken`,
        );
      else this.#spending.add(open.spender, settlement, by);
    }
  }
}

function remember<Key, Value>(all: Map<Key, Value>, key: Key, value: Value): void {
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > mostOpen && oldest !== undefined) all.delete(oldest);
}
