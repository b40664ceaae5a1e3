import type { HeldGrant, HeldTopUp, RecalledGrants } from "../gate/grants.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { newestEntry, receiptsSince } from "../ledger/newest.ts";
import { grantLength, topUpLength } from "../model/consent.ts";
import type { Receipt } from "../model/receipt.ts";
import { readTopUp } from "../trust/top-up.ts";
import { keepGrants, keptGrants } from "./kept-grants.ts";
import type { OpenState } from "./open-state.ts";

/** Windows that a clock ends are at most a month. */
const longest = Math.max(topUpLength, 31 * 24 * 3_600_000, ...Object.values(grantLength));

/** The state of a repository, as far as it is read here. */
type Ground = Pick<OpenState, "repository" | "reader" | "record" | "paths">;

/**
 * Reads back from the ledger what was granted that may hold at `now` (milliseconds): not older than any lasts, and not taken
 * back. What an earlier gate kept is taken from there, and only the receipts since are looked at.
 */
export async function recallGrants(state: Ground, now: number): Promise<RecalledGrants> {
  const source = sourceOf(state);
  const kept = await keptGrants(state.paths, source);
  const found = new Found(kept?.held ?? { grants: [], topUps: [], takenBack: [] });
  const words = ['"kind":"approval"', '"kind":"grant"'];
  for await (const receipt of receiptsSince(source, now - longest, words, kept?.upTo ?? null))
    found.take(receipt);
  return found.holding(now);
}

/** The same, for a gate: it keeps what it finds for the next one. */
export async function recallAndKeepGrants(state: Ground, now: number): Promise<RecalledGrants> {
  const upTo = await newestEntry(sourceOf(state));
  const held = await recallGrants(state, now);
  if (upTo !== null) keepGrants(state.paths, { held, upTo });
  return held;
}

function sourceOf({ repository: repo, reader, record }: Ground) {
  return { repo, reader, ref: ledgerRef(record.gate) };
}

/** What receipts gave and took back, the oldest first. */
class Found {
  readonly #grants: Map<number, HeldGrant>;
  readonly #topUps: Map<number, HeldTopUp>;
  readonly #takenBack: HeldTopUp[];

  constructor({ grants, topUps, takenBack }: RecalledGrants) {
    this.#grants = new Map(grants.map((grant) => [grant.seq, grant]));
    this.#topUps = new Map(topUps.map((topUp) => [topUp.seq, topUp]));
    this.#takenBack = [...takenBack];
  }

  take(receipt: Receipt): void {
    const { seq, lineage } = receipt;
    if (receipt.kind === "approval" && receipt.grant !== null) {
      const { agent, subagent, grant } = receipt;
      const { session, effects } = grant;
      this.#grants.set(seq, {
        seq,
        agent,
        subagent,
        lineage,
        until: Date.parse(grant.until),
        session,
        effects,
      });
    }
    if (receipt.kind === "grant" && receipt.topUp !== null) {
      const { agent, topUp, consent } = receipt;
      const nonce = readTopUp(consent?.text ?? "")?.nonce ?? "";
      this.#topUps.set(seq, { ...topUp, seq, agent, lineage, until: Date.parse(topUp.until), nonce });
    }
    if (receipt.kind === "grant" && receipt.grant !== null) this.#takeBack(receipt.grant);
  }

  /** Gives what may hold at a time; of what was taken back, what somebody could try to give again. */
  holding(now: number): RecalledGrants {
    const may = ({ until }: { readonly until: number }): boolean => until > now;
    return {
      grants: [...this.#grants.values()].filter(may),
      topUps: [...this.#topUps.values()].filter(may),
      takenBack: this.#takenBack.filter(may),
    };
  }

  #takeBack(seq: number): void {
    const topUp = this.#topUps.get(seq);
    if (topUp !== undefined) this.#takenBack.push(topUp);
    this.#topUps.delete(seq);
    this.#grants.delete(seq);
  }
}
