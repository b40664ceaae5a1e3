import { type Principal, principalOf } from "../agents/principal.ts";
import { redactLong } from "../analysis/redact.ts";
import { commitTo } from "../ledger/commitment.ts";
import type { CallOutcome, ToolCall } from "../model/call.ts";
import type { OutcomeBody } from "../model/receipt.ts";
import type { Asks } from "./asks.ts";
import { handleOf } from "./call-commitments.ts";
import { type Grounds, stillStands } from "./ground.ts";
import type { Measures } from "./measures.ts";
import type { OpenCall, OpenCalls } from "./open-calls.ts";
import type { PendingWrites } from "./pending-writes.ts";
import type { CurrentPolicy, GateParts } from "./ports.ts";
import type { SpendBook } from "./spend.ts";

/** What the gate remembers of calls whose outcome may still come. */
export interface UnderWay {
  readonly openCalls: OpenCalls;
  readonly pendingWrites: PendingWrites;
  readonly grounds: Grounds;
  readonly measures: Measures;
  readonly asks: Asks;
  readonly spend: SpendBook;
}

/** Writes down what came of calls. Outcomes are claims of the client's (TRUST R6): they end a call, and settle only what the gate measured. */
export class Outcomes {
  readonly #parts: GateParts;
  readonly #openCalls: OpenCalls;
  readonly #pendingWrites: PendingWrites;
  readonly #grounds: Grounds;
  readonly #measures: Measures;
  readonly #asks: Asks;
  readonly #spend: SpendBook;

  constructor(parts: GateParts, underWay: UnderWay) {
    this.#parts = parts;
    this.#openCalls = underWay.openCalls;
    this.#pendingWrites = underWay.pendingWrites;
    this.#grounds = underWay.grounds;
    this.#measures = underWay.measures;
    this.#asks = underWay.asks;
    this.#spend = underWay.spend;
  }

  /** Takes the first outcome of a call; a second is a gap. */
  async record(agent: string, outcome: CallOutcome): Promise<void> {
    const principal = principalOf(agent, outcome.subagent?.type ?? null);
    const policy = await this.#parts.currentPolicy();
    const handle = handleOf(this.#parts, outcome);
    const found = handle === null ? null : await this.#openCalls.settle(handle);
    if (found !== null && found !== "second") this.#pendingWrites.settled(found.seq);
    if (found === "second") {
      await this.#parts.write({ kind: "gap", agent, cause: "second-outcome", count: 1 }, policy);
    } else {
      const decision = found?.seq ?? null;
      // INVARIANT: nothing is waited for from here to `write`: the ledger's order is that of settling, too.
      // What still waits has not run, whoever says so: it stays spent as it was taken, and is not given back as well.
      if (decision !== null && this.#asks.ended(decision)) this.#measures.dropped(decision);
      const measured = decision === null ? null : this.#measures.end(decision, agent);
      const { spender, settled = [] } = measured ?? {};
      const unsettle = spender === undefined ? null : this.#spend.settle(spender, settled);
      const body: OutcomeBody = {
        kind: "outcome",
        agent,
        subagent: principal.subagent,
        session: outcome.session,
        tool: redactLong(outcome.tool),
        decision,
        status: outcome.status,
        duration: outcome.duration,
        commitment: commitTo(this.#parts, outcome.raw),
        changedAfterDecision: decision === null ? null : this.#hasChanged(decision),
        ...(settled.length === 0 ? {} : { settled }),
        ...(isApprovedInClient(found, outcome, policy, agent) ? { consent: "approved-in-client" } : {}),
      };
      await this.#parts.write(body, policy).catch((error: unknown) => {
        unsettle?.();
        throw error;
      });
    }
    this.#parts.foldSoon();
  }

  /** Says of a call that its answer never reached the client. */
  async undelivered(principal: Principal, call: ToolCall, seq: number): Promise<void> {
    const handle = handleOf(this.#parts, call);
    if (handle !== null) await this.#openCalls.settle(handle);
    this.#pendingWrites.settled(seq);
    this.#grounds.take(seq);
    // Whether it ran all the same, nobody knows: it stays spent as it was taken.
    this.#measures.end(seq, principal.agent);
    const policy = await this.#parts.currentPolicy();
    await this.#parts.write(
      {
        kind: "outcome",
        agent: principal.agent,
        subagent: principal.subagent,
        session: call.session,
        tool: redactLong(call.tool),
        decision: seq,
        status: "undelivered",
        duration: null,
        commitment: null,
        changedAfterDecision: null,
      },
      policy,
    );
  }

  /** Whether what a decision went by is something else now (TRUST H5); null where that is not known any more. */
  #hasChanged(decision: number): boolean | null {
    const ground = this.#grounds.take(decision);
    return ground === null ? null : !stillStands(ground, this.#parts.world);
  }
}

/** The client asked, and the call ran: somebody said yes there. Good for that call, and never a grant. */
function isApprovedInClient(
  call: OpenCall | null,
  { status }: CallOutcome,
  { set, lineage }: CurrentPolicy,
  agent: string,
): boolean {
  const ran = status === "ok" || status === "failed";
  if (!ran || call?.verdict !== "ask" || call.agent !== agent) return false;
  // Under another policy set it may have been for a signer to say.
  return call.lineage === lineage.lineage && set.agents.get(agent)?.consent === "client";
}
