import { type Principal, principalOf } from "../agents/principal.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { limits } from "../base/limits.ts";
import { type Dialect, dialect } from "../clients/dialect.ts";
import { commitTo, proves } from "../ledger/commitment.ts";
import type { Budget } from "../model/budget.ts";
import type { SessionChange, ToolCall } from "../model/call.ts";
import type { ModelCall, ModelUse } from "../model/model-use.ts";
import type { Places } from "../model/places.ts";
import type { DecisionBody } from "../model/receipt.ts";
import { heldCost, nearlyUsed } from "../policy/budgets.ts";
import { grantable } from "../policy/grants.ts";
import { Admission } from "./admission.ts";
import { answerText, consentAnswerText } from "./answer-text.ts";
import { type Ask, Asks } from "./asks.ts";
import { commitToParts, handleOf } from "./call-commitments.ts";
import { Consents } from "./consents.ts";
import type { CountedMessages } from "./counted-messages.ts";
import { type Evaluation, evaluate } from "./evaluate.ts";
import type { GrantBook, HeldGrants } from "./grants.ts";
import { type Ground, Grounds, groundOf, groundText } from "./ground.ts";
import { Measures } from "./measures.ts";
import { type ModelReservation, ModelSpend, type RefusedModelCall } from "./model-spend.ts";
import type { OpenCall, OpenCalls } from "./open-calls.ts";
import { Outcomes } from "./outcomes.ts";
import type { PastBook } from "./past.ts";
import type { PendingWrite, PendingWrites } from "./pending-writes.ts";
import type { CurrentPolicy, GateParts, TranscriptsOf } from "./ports.ts";
import { decidedOn, saidOf } from "./same-call.ts";
import { policyToSpendBy, type SpendBook } from "./spend.ts";
import { TopUps } from "./top-ups.ts";
import { isMeteredByTranscript, TranscriptUsage } from "./transcript-usage.ts";
import { type Waited, Waits } from "./waits.ts";

/** One hook event as it arrived on an agent's socket. */
export interface HookRequest {
  /** From the socket: whose it is. */
  readonly agent: string;
  /** From the installed command: which dialect. */
  readonly client: string;
  /** The event the hook is installed for; empty if not known. */
  readonly event: string;
  /** The hook's standard input; null if it is larger than any payload may be. */
  readonly body: Uint8Array | null;
  /** True for a call that is sent again because its first answer broke off. */
  readonly again: boolean;
  /** The shim's parent process, as it claims. */
  readonly claimedPid: number | null;
}

/** The bytes for the client, and a way to say that they never reached it. */
export interface HookAnswer {
  readonly text: string;
  /** True: a signer is asked and has not answered yet; there is no text, and the same call is to be sent again. */
  readonly waits: boolean;
  readonly undelivered: () => Promise<void>;
}

const nothingToSettle = async (): Promise<void> => undefined;

/** An answer that says nothing of a call. */
function plainAnswer(text: string): HookAnswer {
  return { text, waits: false, undelivered: nothingToSettle };
}

/** The one path of a tool call: from the bytes of a hook to the bytes of the answer. */
export class Gate {
  readonly #parts: GateParts;
  readonly #admission: Admission;
  readonly #outcomes: Outcomes;
  readonly #openCalls: OpenCalls;
  readonly #pendingWrites: PendingWrites;
  readonly #spend: SpendBook;
  readonly #measures: Measures;
  readonly #modelSpend: ModelSpend;
  readonly #transcriptUsage: TranscriptUsage;
  readonly #past: PastBook;
  readonly #grounds = new Grounds();
  readonly #asks: Asks;
  readonly #waits: Waits;
  readonly #grants: GrantBook;
  /** Where signers answer. */
  readonly consents: Consents;
  /** Where they grant more of a budget. */
  readonly topUps: TopUps;

  constructor(
    parts: GateParts,
    openCalls: OpenCalls,
    pendingWrites: PendingWrites,
    spend: SpendBook,
    grants: GrantBook,
    past: PastBook,
    counted: CountedMessages,
  ) {
    this.#parts = parts;
    this.#openCalls = openCalls;
    this.#pendingWrites = pendingWrites;
    this.#spend = spend;
    this.#grants = grants;
    this.#past = past;
    this.#admission = new Admission(parts);
    this.#asks = new Asks(parts.clock);
    this.#measures = new Measures(parts);
    this.#modelSpend = new ModelSpend(parts, spend, grants);
    this.#transcriptUsage = new TranscriptUsage(parts, spend, grants, counted);
    this.consents = new Consents(parts, this.#asks, grants, spend, this.#measures);
    this.topUps = new TopUps(parts, grants);
    this.#waits = new Waits(this.#asks, this.consents, grants, this.#grounds, parts.world);
    this.#outcomes = new Outcomes(parts, {
      ...{ openCalls, pendingWrites, spend },
      ...{ grounds: this.#grounds, measures: this.#measures, asks: this.#asks },
    });
  }

  /**
   * Answers one hook event. Never throws for anything in the request or on the machine: every failure is a deny
   * in the client's own dialect that says why. Throws `unknown-client` where there is no dialect to say it in.
   */
  async answer(request: HookRequest): Promise<HookAnswer> {
    const speak = dialect(request.client);
    try {
      return await this.#answer(request, speak);
    } catch (error) {
      this.#parts.report(error);
      // Only one event asks for a decision; an answer of another kind to the others may confuse the client.
      const decides = request.event === "" || request.event === speak.decidingEvent;
      const text = decides ? speak.encodeDecision("deny", failureText(error)) : speak.encodeNothing();
      return plainAnswer(text);
    }
  }

  /** The asks that wait for a signer, under the policy set in force. */
  async waiting(): Promise<readonly Ask[]> {
    return this.#asks.open((await this.#parts.currentPolicy()).lineage.lineage);
  }

  /** What people granted that holds under the policy set in force. */
  async granted(): Promise<HeldGrants> {
    await this.#grants.open();
    const { lineage } = (await this.#parts.currentPolicy()).lineage;
    return { grants: this.#grants.holding(lineage), topUps: this.#grants.toppingUp(lineage) };
  }

  /** Lets calls that wait ask again at once: those under another policy set than this; null: all, the next gate goes on. */
  release(lineage: string | null): void {
    this.#asks.release(lineage);
  }

  /** Reserves what a call of a model is estimated to take of the agent's budgets. Throws where no receipt can be written. */
  async reserveModelCall(call: ModelCall, estimate: ModelUse): Promise<ModelReservation | RefusedModelCall> {
    await this.#admission.admit(call.agent);
    return await this.#modelSpend.reserve(call, estimate);
  }

  /** Settles a call of a model by what was measured of it, once. */
  async settleModelCall(reservation: Pick<ModelReservation, "seq">, measured: ModelUse): Promise<void> {
    await this.#modelSpend.settle(reservation, measured);
  }

  async #answer(request: HookRequest, speak: Dialect): Promise<HookAnswer> {
    await this.#admission.admit(request.agent);
    // decode
    if (request.body === null) {
      throw new MirrorError("too-large", `the call is larger than ${limits.payload} bytes`);
    }
    const { transcripts, ...event } = speak.decode(request.event, request.body);
    const told = { agent: request.agent, client: speak.id, transcripts };
    if (event.event === "session") {
      await this.#recordSession(request.agent, event.change);
      await this.#countTold({ ...told, session: event.change.session });
      return plainAnswer(speak.encodeNothing());
    }
    if (event.event === "outcome") {
      await this.#outcomes.record(request.agent, event.outcome);
      await this.#countTold({ ...told, session: event.outcome.session });
      return plainAnswer(speak.encodeNothing());
    }
    const { call } = event;
    return await this.#decideCall(request, call, { ...told, session: call.session }, speak);
  }

  async #decideCall(
    request: HookRequest,
    call: ToolCall,
    told: TranscriptsOf,
    speak: Dialect,
  ): Promise<HookAnswer> {
    // principal
    const principal = principalOf(request.agent, call.subagent?.type ?? null);
    const places = await this.#parts.places();
    const handle = handleOf(this.#parts, call);
    const said = saidOf(request.agent, call);
    const before =
      request.again && handle !== null ? await this.#decidedBefore(handle, call.raw, said) : null;
    const undelivered = (seq: number) => (): Promise<void> =>
      this.#outcomes.undelivered(principal, call, seq);
    if (before !== null) {
      const waited = await this.#waits.again(before.seq, await this.#parts.currentPolicy());
      if (waited !== null) return this.#waitAnswer(before.seq, waited, speak, undelivered(before.seq));
    }
    // policy set, analyse, spend, decide
    let policy = await this.#policyFor(principal, told);
    let evaluation = this.#evaluate(call, principal, places, policy);
    for (let lacks = this.#lacking(evaluation); lacks !== null; lacks = this.#lacking(evaluation)) {
      await lacks;
      policy = await this.#policyFor(principal, told);
      evaluation = this.#evaluate(call, principal, places, policy);
    }
    // INVARIANT: nothing is waited for, not even a turn, from `currentPolicy` to `opened` and `write`: so no other epoch
    // and no other call comes between.
    const { decision, recorded, input, removed, replay, rawAnalysis, lookedInto } = evaluation;
    const mayRun = decision.verdict !== "deny";
    const { verdict } = decision;
    const { lineage } = policy.lineage;
    const ground = mayRun ? groundOf(rawAnalysis.effects, lookedInto, this.#parts.world) : null;
    const asked = decidedOn(input);
    const isAgain = before?.verdict === verdict && before.lineage === lineage && before.decidedOn === asked;
    const stands = isAgain && this.#mayStand(before, ground) ? before.seq : null;
    const binding = policy.set.agents.get(principal.agent);
    const waits = verdict === "ask" && binding !== undefined && binding.consent !== "client";
    const warnings = nearlyUsed(budgetsOf(policy, principal), input.spend ?? []);
    const spender = { agent: principal.agent, session: call.session };
    if (mayRun) this.#past.add(spender, rawAnalysis);
    const unspend = mayRun && stands === null ? this.#spend.take(spender, input.spend ?? []) : null;
    const pending = mayRun ? this.#pendingWrites.opened(rawAnalysis.effects) : null;
    // receipt: durable before the answer leaves
    const commitment = (stands === null ? null : before?.commitment) ?? this.#commit(call.raw);
    const groundCommitment = ground === null ? null : this.#commit(groundText(ground));
    const body: DecisionBody = {
      kind: "decision",
      input,
      decision: recorded,
      replay,
      call: handle,
      commitment,
      ...commitToParts(this.#parts, removed, call.contents),
      ground: groundCommitment,
      claimedPid: request.claimedPid,
    };
    const seq = stands ?? (await this.#writeDecision(body, policy, pending, unspend));
    pending?.recorded(seq);
    if (ground !== null && handle !== null) this.#grounds.keep(seq, ground);
    const spend = (stands === null ? input.spend : before?.spend) ?? [];
    if (handle !== null) {
      const call = { agent: principal.agent, said, decidedOn: asked, ground: groundCommitment, waits };
      this.#openCalls.opened(handle, { ...call, seq, verdict, lineage, commitment, spend });
    }
    this.#parts.foldSoon();
    if (stands === null) {
      const record = policy.set.agents.get(principal.agent)?.record ?? "none";
      this.#parts.keepInput({ seq, record, raw: call.raw, contents: call.contents, removed });
      const { effects } = rawAnalysis;
      if (mayRun && handle !== null)
        this.#measures.begin({ seq, spender, call, verdict, effects, spend: input.spend ?? [] });
    }
    if (waits && handle !== null) {
      const what = grantable(body);
      const ask = { seq, principal, session: call.session, lineage, commitment, grantable: what, spend };
      if (stands === null) this.#parts.notify(binding?.notify ?? [], answerText(recorded, seq));
      const waited = await this.#waits.begin(ask, stands === null ? null : (before?.answer ?? null), policy);
      return this.#waitAnswer(seq, waited, speak, undelivered(seq));
    }
    // encode
    return {
      text: speak.encodeDecision(verdict, answerText(decision, seq, mayRun ? warnings : [])),
      waits: false,
      undelivered: undelivered(seq),
    };
  }

  /**
   * What is read back before this can be decided, as it reads it; null: nothing, and nothing is waited for. A call that asks
   * none of it does not wait for it: starting must be quick.
   */
  #lacking({ lookedInto, decision }: Evaluation): Promise<void> | null {
    // What was being written when this gate was started.
    if (lookedInto.length > 0 && !this.#pendingWrites.isComplete) return this.#pendingWrites.complete();
    return decision.verdict === "ask" && !this.#grants.isOpen ? this.#grants.open() : null;
  }

  /** What a call is told that waits for a signer, or did. */
  #waitAnswer(
    seq: number,
    waited: Waited,
    speak: Dialect,
    undelivered: HookAnswer["undelivered"],
  ): HookAnswer {
    if (waited === "again") return { text: "", waits: true, undelivered: nothingToSettle };
    const { verdict, answer } = waited;
    const text = speak.encodeDecision(verdict, consentAnswerText(answer, verdict, seq));
    return { text, waits: false, undelivered };
  }

  /**
   * Gives the policy set as of now, once what it asks of the calls before this one is read back, and what transcripts tell of
   * the model calls before it is counted, if it asks anything.
   */
  async #policyFor(principal: Principal, told: TranscriptsOf): Promise<CurrentPolicy> {
    let isCounted = false;
    for (;;) {
      const policy = await policyToSpendBy(this.#parts, this.#spend, principal.agent);
      const spends = budgetsOf(policy, principal).length > 0;
      if (spends && !this.#grants.isOpen) await this.#grants.open();
      else if (!isCounted && isMeteredByTranscript(policy, principal.agent)) {
        await this.#transcriptUsage.count(told, policy);
        isCounted = true;
      } else if (!looksBack(policy, principal) || this.#past.isOpen) return policy;
      else await this.#past.open();
    }
  }

  /** Gives the decision that stands on this very call, byte for byte, and has no outcome yet; else null. */
  async #decidedBefore(handle: string, raw: string, said: string): Promise<OpenCall | null> {
    const call = await this.#openCalls.find(handle);
    if (call === null || (call.said !== null && call.said !== said)) return null;
    return proves(this.#parts.localKey, call.commitment, raw) ? call : null;
  }

  /**
   * Whether a decision can still be the one on a call that was sent again. An ask that waits no more was answered, or has
   * given back what it took; one from before this gate was started stands on what it went by, and on nothing else.
   */
  #mayStand({ said, waits, ground }: OpenCall, now: Ground | null): boolean {
    if (waits) return false;
    if (said !== null) return true;
    if (ground === null || now === null) return ground === now;
    return proves(this.#parts.localKey, ground, groundText(now));
  }

  async #writeDecision(
    body: DecisionBody,
    policy: CurrentPolicy,
    pending: PendingWrite | null,
    unspend: (() => void) | null,
  ): Promise<number> {
    try {
      return (await this.#parts.write(body, policy)).seq;
    } catch (error) {
      pending?.dropped();
      unspend?.();
      throw error;
    }
  }

  #evaluate(call: ToolCall, principal: Principal, places: Places, policy: CurrentPolicy): Evaluation {
    const { world } = this.#parts;
    const { budgets = [], usage = "bus" } = policy.compiled.agents.get(principal.agent) ?? {};
    const spender = { agent: principal.agent, session: call.session };
    return evaluate(call, principal, places, world, policy.compiled, {
      changing: (paths) => this.#pendingWrites.changing(paths, (path) => world.realPath(path)),
      spend: (analysis, amounts) =>
        this.#grants.raised(
          principal.agent,
          policy.lineage.lineage,
          this.#spend.of(spender, budgets, (budget) => heldCost(budget, usage, analysis, amounts)),
        ),
      grants: (analysis) => this.#grants.covering(principal, call.session, policy.lineage.lineage, analysis),
      after: looksBack(policy, principal) ? this.#past.of(spender) : [],
    });
  }

  /** Counts what the client's transcripts tell of by now, if that is how the agent is metered. */
  async #countTold(told: TranscriptsOf): Promise<void> {
    await this.#transcriptUsage.count(told, await this.#parts.currentPolicy());
  }

  async #recordSession(agent: string, change: SessionChange): Promise<void> {
    const { subagent } = principalOf(agent, change.subagent?.type ?? null);
    const policy = await this.#parts.currentPolicy();
    const { session, what } = change;
    await this.#parts.write({ kind: "session", agent, subagent, session, what }, policy);
    this.#parts.foldSoon();
  }

  #commit(raw: string): string {
    return commitTo(this.#parts, raw);
  }
}

function budgetsOf({ compiled }: CurrentPolicy, { agent }: Principal): readonly Budget[] {
  return compiled.agents.get(agent)?.budgets ?? [];
}

function looksBack({ compiled }: CurrentPolicy, { agent }: Principal): boolean {
  return compiled.agents.get(agent)?.looksBack === true;
}

function failureText(error: unknown): string {
  if (!isMirrorError(error))
    return "mirror: the gate failed; nothing runs until it is mended (run `mirror doctor`)";
  const hint = error.hint === null ? "" : `; ${error.hint}`;
  // Every deny of a failure names a command that goes on from here.
  const look = hint.includes("`mirror ") ? "" : "; a person can look with `mirror doctor`";
  return printable(`mirror: ${error.message}${hint}${look} (gate/${error.code})`);
}
