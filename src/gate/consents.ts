import { type Clock, formatTime } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import type { Settlement, Spend } from "../model/budget.ts";
import { clockSlack, grantLength, longestWait } from "../model/consent.ts";
import type { ApprovalBody, GivenGrant } from "../model/receipt.ts";
import { grantDigest } from "../policy/grants.ts";
import { type Consent, readConsent } from "../trust/consent.ts";
import type { Ask, Asks } from "./asks.ts";
import type { GrantBook, HeldGrant } from "./grants.ts";
import type { Measures } from "./measures.ts";
import type { CurrentPolicy, GateParts } from "./ports.ts";
import type { SpendBook } from "./spend.ts";

/** An answer as it arrives: the signed text, and the armored signature. UNTRUSTED until it is held against a signer's key. */
export interface SignedAnswer {
  readonly text: string;
  readonly signature: string;
}

/** What an answer came to. */
export interface TakenAnswer {
  /** The receipt that holds it. */
  readonly seq: number;
  readonly by: string;
  readonly grant: GivenGrant | null;
}

/** Takes the answers of signers to asks that wait, and takes grants back. */
export class Consents {
  readonly #parts: Pick<GateParts, "currentPolicy" | "write" | "findConsenter" | "foldSoon">;
  readonly #gate: string;
  readonly #clock: Clock;
  readonly #asks: Asks;
  readonly #grants: GrantBook;
  readonly #spend: SpendBook;
  readonly #measures: Measures;

  constructor(parts: GateParts, asks: Asks, grants: GrantBook, spend: SpendBook, measures: Measures) {
    this.#spend = spend;
    this.#measures = measures;
    this.#parts = parts;
    this.#gate = parts.gate;
    this.#clock = parts.clock;
    this.#asks = asks;
    this.#grants = grants;
  }

  /** Takes a signer's answer. Throws `consent-refused` where it is none, is about something else, or comes too late. */
  async take({ text, signature }: SignedAnswer): Promise<TakenAnswer> {
    const consent = readConsent(text);
    if (consent === null) throw refused("the text is no answer as `mirror approvals answer` writes it");
    const policy = await this.#parts.currentPolicy();
    const by = await signerOf(this.#parts, { text, signature });
    const taken = this.#asks.take(consent.ask);
    if (taken === null) throw refused(`ask ${consent.ask} does not wait for an answer (any more)`);
    try {
      const grant = this.#judge(consent, taken.ask, policy);
      const { answer } = consent;
      const seq = await this.#write(taken.ask, { answer, consent: { by, text, signature }, grant }, policy);
      if (grant !== null) this.#grants.given(heldGrant(seq, taken.ask, grant));
      taken.answered({ answer, by, reason: consent.reason });
      this.#parts.foldSoon();
      return { seq, by, grant };
    } catch (error) {
      taken.putBack();
      throw error;
    }
  }

  /** Says of an ask that nobody answered it in time. Does nothing where somebody just has. */
  async giveUp(seq: number, policy: CurrentPolicy): Promise<void> {
    const taken = this.#asks.take(seq);
    if (taken === null) return;
    try {
      await this.#write(taken.ask, { answer: "none", consent: null, grant: null }, policy);
      taken.answered({ answer: "none", by: null, reason: null });
    } catch (error) {
      taken.putBack();
      throw error;
    }
  }

  /** Writes down what became of an ask. What may not run gives back what it took; the time of what may runs from here. */
  async #write(
    ask: Ask,
    said: Pick<ApprovalBody, "answer" | "consent" | "grant">,
    policy: CurrentPolicy,
  ): Promise<number> {
    const { principal, session, seq, spend } = ask;
    const { agent, subagent } = principal;
    const settled = said.answer === "allow" ? [] : spend.flatMap(givenBack);
    const body = { kind: "approval", agent, subagent, session, ask: seq, ...said } as const;
    // INVARIANT: nothing is waited for from here to `write`: the ledger's order is that of settling, too.
    const unsettle = this.#spend.settle({ agent, session }, settled);
    // An outcome that comes meanwhile must not give back the same once more.
    if (said.answer !== "allow") this.#measures.dropped(seq);
    try {
      const written = await this.#parts.write(settled.length === 0 ? body : { ...body, settled }, policy);
      if (said.answer === "allow") this.#measures.answered(seq);
      return written.seq;
    } catch (error) {
      unsettle();
      throw error;
    }
  }

  /** Takes a grant back. Throws `consent-refused` where it does not hold. */
  async revoke(seq: number): Promise<void> {
    const policy = await this.#parts.currentPolicy();
    await this.#grants.open();
    const { lineage } = policy.lineage;
    const held = [...this.#grants.holding(lineage), ...this.#grants.toppingUp(lineage)];
    const grant = held.find((each) => each.seq === seq);
    if (grant === undefined) throw refused(`there is no grant ${seq} that holds`);
    // It ends before it is written down that it has: between, nothing may go by it.
    this.#grants.revoked(seq);
    const body = {
      kind: "grant",
      agent: grant.agent,
      what: "revoked",
      grant: seq,
      topUp: null,
      consent: null,
    } as const;
    await this.#parts.write(body, policy);
    this.#parts.foldSoon();
  }

  /** Holds an answer against the ask it names; gives what it grants for calls like it. */
  #judge(consent: Consent, ask: Ask, { lineage }: CurrentPolicy): GivenGrant | null {
    const now = this.#clock();
    const expected: readonly (readonly [string, string | number, string | number])[] = [
      ["genesis", consent.genesis, lineage.genesis],
      ["gate", consent.gate, this.#gate],
      ["agent", consent.agent, ask.principal.agent],
      ["call", consent.call, ask.commitment],
    ];
    for (const [what, found, wanted] of expected)
      if (found !== wanted) throw refused(`its ${what} is ${found}, expected ${wanted}`);
    if (consent.lineage !== lineage.lineage || ask.lineage !== lineage.lineage)
      throw refused("the policy set has changed since it was asked");
    const until = Date.parse(consent.notAfter);
    if (until <= now) throw refused(`it held until ${consent.notAfter}`);
    if (ask.until <= now) throw refused(`ask ${ask.seq} waited until ${formatTime(ask.until)}`);
    const longest = consent.lasts === "once" ? longestWait : grantLength[consent.lasts];
    if (until > now + longest + clockSlack)
      throw refused(`it holds until ${consent.notAfter}, which is longer than \`${consent.lasts}\` may last`);
    return grantOf(consent, ask);
  }
}

function grantOf(
  { answer, lasts, grant, notAfter }: Consent,
  { grantable, session }: Ask,
): GivenGrant | null {
  if (lasts === "once") {
    if (grant !== null) throw refused("it grants something, and holds for this call alone");
    return null;
  }
  if (answer !== "allow") throw refused("it denies, and a denial holds for this call alone");
  if (grantable === null) throw refused("what was asked cannot be granted for calls like it, only once");
  if (grant !== grantDigest(grantable)) throw refused("what it grants is not what was offered");
  return { effects: grantable, until: notAfter, session: lasts === "session" ? session : null };
}

function givenBack({ budget, window, unit, cost }: Spend): Settlement[] {
  return unit === undefined || cost === 0 ? [] : [{ budget, window, unit, by: -cost }];
}

/** Gives the signer of a text. Throws `consent-refused` where it is nobody's. */
export async function signerOf(
  { findConsenter }: Pick<GateParts, "findConsenter">,
  { text, signature }: SignedAnswer,
): Promise<string> {
  const found = await findConsenter(text, signature);
  if ("why" in found) throw refused(found.why);
  return found.signer;
}

/** Gives a grant as the gate goes by it. */
function heldGrant(
  seq: number,
  { principal, lineage }: Ask,
  { effects, until, session }: GivenGrant,
): HeldGrant {
  return { seq, ...principal, session, effects, lineage, until: Date.parse(until) };
}

/** What is signed and does not count. */
export function refused(why: string): MirrorError {
  return new MirrorError("consent-refused", `the answer does not count: ${why}`, {
    hint: "see what waits: `mirror approvals list`",
  });
}
