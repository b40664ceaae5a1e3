import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isMirrorError, MirrorError, systemErrorCode } from "../base/errors.ts";
import { readRef } from "../git/refs.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { readAs, readable } from "../ledger/readable.ts";
import { readReceiptCommit } from "../ledger/stored-receipt.ts";
import type { EnrolledGate, PolicySet } from "../model/policy-set.ts";
import { Spending } from "../model/spending.ts";
import { parseCommit } from "../trust/commit.ts";
import type { PublicKey } from "../trust/keys.ts";
import { verifySignature } from "../trust/signature.ts";
import { lastParagraph, onlyTrailer } from "../trust/trailers.ts";
import type { OpenState } from "./open-state.ts";
import { nothingSpent, type RecalledSpending, recallSpending } from "./recent-spend.ts";

/** A ledger of another gate as it was last fetched, and whose it is. */
interface FetchedLedger {
  readonly gate: string;
  readonly head: string;
}

/** Gives the keys that gates are enrolled with, by their ids. */
export type EnrolledKeys = () => Promise<ReadonlyMap<string, PublicKey>>;

/**
 * What other enrolled gates used of the budgets, as their ledgers were last fetched into this repository: under
 * `refs/mirror/ledger/`, or a remote's copy below `refs/remotes/`. It is believed where the newest receipt is signed by the
 * gate's own key, and may only raise what is used.
 */
export class OtherGates {
  readonly #state: Pick<OpenState, "repository" | "reader" | "record">;
  readonly #keys: EnrolledKeys;
  #read: { readonly set: PolicySet; readonly ledgers: string } | null = null;

  constructor(state: Pick<OpenState, "repository" | "reader" | "record">, keys: EnrolledKeys) {
    this.#state = state;
    this.#keys = keys;
  }

  /** Whether a ledger stands elsewhere than when they were read. A few small file reads. */
  hasMoved(): boolean {
    return this.#read !== null && nameAll(this.#fetched(this.#read.set)) !== this.#read.ledgers;
  }

  /** Gives what they used, all together, as of `now` (milliseconds). */
  async recall(set: PolicySet, now: number): Promise<Spending> {
    const sum = new Spending();
    const fetched = this.#fetched(set);
    const keys = fetched.length === 0 ? new Map<string, PublicKey>() : await this.#keys();
    const { reader } = this.#state;
    for (const gate of new Set(fetched.map((ledger) => ledger.gate))) {
      const newest = await this.#newest(
        fetched.filter((ledger) => ledger.gate === gate),
        keys.get(gate),
      );
      if (newest === null) continue;
      const ledger = { head: newest, gate: "other" } as const;
      const recalled = await readable(() => recallSpending(reader, ledger, set, now));
      // One that is damaged here stops nobody: what was known of it stays.
      if (!(recalled instanceof MirrorError)) sum.gather(recalled.own);
    }
    this.#read = { set, ledgers: nameAll(fetched) };
    return sum;
  }

  /** Of the copies of one ledger, gives the head of the longest that is believed. */
  async #newest(copies: readonly FetchedLedger[], key: PublicKey | undefined): Promise<string | null> {
    let newest: { readonly seq: number; readonly head: string } | null = null;
    for (const copy of copies) {
      const seq = key === undefined ? null : await this.#lastSeq(copy, key);
      if (seq !== null && (newest === null || seq > newest.seq)) newest = { seq, head: copy.head };
    }
    return newest?.head ?? null;
  }

  /** Gives the number of a ledger's last receipt; null for one that is not signed by its gate, or cannot be read. */
  async #lastSeq({ gate, head }: FetchedLedger, key: PublicKey): Promise<number | null> {
    const { reader } = this.#state;
    const seq = await readable(async () => {
      const { payload, signature, message } = parseCommit(await readAs(reader, "commit", head));
      if (signature === null) return null;
      const { status } = await verifySignature(payload, signature, [key], { now: null });
      if (status !== "good") return null;
      const { receipt, digest } = await readReceiptCommit(reader, head);
      const isSigned = onlyTrailer(lastParagraph(message), "Mirror-Receipt") === digest;
      return isSigned && receipt.gate === gate ? receipt.seq : null;
    });
    return seq instanceof MirrorError ? null : seq;
  }

  #fetched({ trust }: PolicySet): FetchedLedger[] {
    const { record } = this.#state;
    const others = trust.gates.filter(({ id }) => id !== record.gate);
    if (others.length === 0) return [];
    const remotes = this.#remotes();
    return others.flatMap((gate) => this.#heads(gate, remotes).map((head) => ({ gate: gate.id, head })));
  }

  #heads({ id, revoked }: EnrolledGate, remotes: readonly string[]): string[] {
    // Nothing after its last receipt counts, wherever its ref stands.
    if (revoked !== null) return [revoked.head];
    const refs = [ledgerRef(id), ...remotes.map((name) => `refs/remotes/${name}/mirror/ledger/${id}`)];
    return [...new Set(refs.flatMap((ref) => this.#head(ref)))];
  }

  #head(ref: string): string[] {
    try {
      const id = readRef(this.#state.repository, ref);
      return id === null ? [] : [id];
    } catch (error) {
      if (isMirrorError(error, "bad-ref")) return [];
      throw error;
    }
  }

  #remotes(): string[] {
    try {
      return readdirSync(join(this.#state.repository.commonDir, "refs/remotes")).sort();
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return [];
      throw error;
    }
  }
}

function nameAll(ledgers: readonly FetchedLedger[]): string {
  return ledgers.map(({ gate, head }) => `${gate} ${head}`).join("\n");
}

/** Gives what was used of the budgets of a policy set: here, and elsewhere as far as this gate knows or its receipts tell. */
export async function recallAll(
  { repository, reader, record }: Pick<OpenState, "repository" | "reader" | "record">,
  others: OtherGates,
  set: PolicySet,
  now: number,
): Promise<RecalledSpending> {
  const head = readRef(repository, ledgerRef(record.gate));
  const recalled =
    head === null ? nothingSpent() : await recallSpending(reader, { head, gate: "this" }, set, now);
  recalled.elsewhere.raise(await others.recall(set, now));
  return recalled;
}
