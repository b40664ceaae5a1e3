import { randomBytes } from "node:crypto";
import { formatTime } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { findReceipt } from "../ledger/read.ts";
import { type ConsentAnswer, type ConsentTerm, type GrantedEffect, grantLength } from "../model/consent.ts";
import type { DecisionBody, Receipt } from "../model/receipt.ts";
import { grantable, grantDigest, grantRules } from "../policy/grants.ts";
import { consentText, isReason } from "../trust/consent.ts";
import { timesAllowed } from "./allowed-before.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { mustTake } from "./daemon-control.ts";
import { withFoldedState } from "./folded-state.ts";
import { followJournal } from "./ledger-access.ts";
import { type OpenAsk, openAsks } from "./live-grants.ts";
import type { OpenState } from "./open-state.ts";
import type { Prompts } from "./owner.ts";
import { findReviewer } from "./policy/reviewer.ts";
import type { Where } from "./where.ts";

/** An ask that waits for a signer. Its JSON is a contract with other programs. */
export interface WaitingAsk {
  /** The number of its receipt. */
  readonly id: number;
  readonly agent: string;
  readonly subagent: string | null;
  readonly session: string;
  readonly tool: string;
  readonly risk: string;
  /** Why it is asked, a line each. */
  readonly reasons: readonly string[];
  /** RFC 3339. */
  readonly since: string;
  readonly until: string;
  /** What an answer for longer than once would amount to, as rules; null: it can be answered only once. */
  readonly offer: readonly string[] | null;
}

/** Gives the asks that wait, the oldest first. */
export async function waitingAsks(where: Where): Promise<readonly WaitingAsk[]> {
  return await withFoldedState(where, async (state) => {
    const asks: WaitingAsk[] = [];
    for (const { seq, since, until } of await foldedAsks(state)) {
      const receipt = await decisionOf(state, seq);
      const { input, decision } = receipt;
      const offer = grantable(receipt);
      const { agent, subagent, session, tool, analysis } = input;
      const reasons = decision.reasons
        .filter(({ verdict }) => verdict === "ask")
        .map(({ rule, message }) => `${message} (${rule})`);
      asks.push({
        ...{ id: seq, agent, subagent, session, tool, risk: analysis.risk.level, reasons },
        ...{ since: formatTime(since), until: formatTime(until) },
        offer: offer === null ? null : grantRules(offer),
      });
    }
    return asks;
  });
}

/** What a person says to an ask. */
export interface WantedAnswer {
  readonly answer: ConsentAnswer;
  readonly lasts: ConsentTerm;
  /** For the agent; null: nothing. */
  readonly reason: string | null;
}

/** What `mirror approvals answer` did. */
export interface GivenAnswer {
  readonly id: number;
  readonly agent: string;
  readonly answer: ConsentAnswer;
  readonly by: string;
  /** The receipt that holds the answer. */
  readonly receipt: number;
  /** What was granted for calls like it, as rules; null: nothing. */
  readonly granted: { readonly rules: readonly string[]; readonly until: string } | null;
  /** How often asks of this kind were allowed lately, this one counted in. */
  readonly times: number;
}

/**
 * Answers an ask that waits, signed with the person's key. `as`: as this signer. Throws `usage` for an ask that does not
 * wait or a reason that is not one line, `no-key`, and `consent-refused` where the gate does not take it.
 */
export async function answerAsk(
  where: Where,
  id: number,
  wanted: WantedAnswer,
  as: string | null,
  prompts: Prompts,
): Promise<GivenAnswer> {
  const { answer, lasts, reason } = wanted;
  if (reason !== null && !isReason(reason)) {
    throw new MirrorError("usage", "a reason is one line of at most 300 characters", { hint: "shorten it" });
  }
  return await withFoldedState(where, async (state) => {
    const ask = (await foldedAsks(state)).find(({ seq }) => seq === id);
    if (ask === undefined) {
      throw new MirrorError("usage", `ask ${id} does not wait for an answer (any more)`, {
        hint: "see what waits: `mirror approvals list`",
      });
    }
    const receipt = await decisionOf(state, id);
    const effects = lasts === "once" ? null : mustBeOffered(receipt, answer);
    const approved = await approvedPolicy(state);
    const { id: by, signer } = await findReviewer(state, where, approved, prompts, as);
    const { genesis, lineage } = approved.lineage;
    const notAfter = formatTime(lasts === "once" ? ask.until : Date.now() + grantLength[lasts]);
    const text = consentText({
      ...{ genesis, lineage, gate: state.record.gate, agent: receipt.input.agent, ask: id },
      ...{ call: receipt.commitment, answer, lasts, notAfter, reason },
      grant: effects === null ? null : grantDigest(effects),
      nonce: randomBytes(16).toString("hex"),
    });
    const signature = await signer.sign(Buffer.from(text, "utf8"));
    const { seq } = JSON.parse(await mustTake(state.paths, "/v1/consent", `${text}\0${signature}`)) as {
      seq: number;
    };
    const granted = effects === null ? null : { rules: grantRules(effects), until: notAfter };
    await followJournal(state);
    return {
      id,
      agent: receipt.input.agent,
      answer,
      by,
      receipt: seq,
      granted,
      times: await timesAllowed(state, receipt),
    };
  });
}

function mustBeOffered(
  receipt: DecisionBody & { readonly seq: number },
  answer: ConsentAnswer,
): readonly GrantedEffect[] {
  if (answer === "deny") {
    throw new MirrorError("usage", "a denial holds for this call alone", {
      hint: "leave out `--for`; to deny calls like it, change the policy",
    });
  }
  // The gate works it out again.
  const effects = grantable(receipt);
  if (effects !== null) return effects;
  throw new MirrorError(
    "usage",
    `what ${receipt.seq} asks for cannot be named exactly, so it can be allowed only once`,
    { hint: "answer with `--allow` alone" },
  );
}

/** What waits, whose receipts can be read: one may have come to wait since the ledger's ref followed the journal. */
async function foldedAsks(state: OpenState): Promise<readonly OpenAsk[]> {
  const asks = await openAsks(state);
  if (asks.length > 0) await followJournal(state);
  return asks;
}

async function decisionOf(state: OpenState, seq: number): Promise<Receipt & DecisionBody> {
  const { repository: repo, reader, record } = state;
  const found = await findReceipt({ repo, reader, ref: ledgerRef(record.gate) }, String(seq));
  if (found !== null && found !== "ambiguous" && found.receipt.kind === "decision") return found.receipt;
  throw new MirrorError("usage", `receipt ${seq} is no decision`, {
    hint: "see what waits: `mirror approvals list`",
  });
}
