import type { World } from "../analysis/world.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Answer, Ask, Asks } from "./asks.ts";
import type { Consents } from "./consents.ts";
import type { GrantBook } from "./grants.ts";
import { type Grounds, stillStands } from "./ground.ts";
import type { CurrentPolicy } from "./ports.ts";

/** Milliseconds a call is kept waiting for a signer before it is asked to come again: well below the shim's deadline. */
const patience = 8_000;

/** What a call that waited is told: what may be done by whose answer, or that it is to be sent again. */
export type Waited = { readonly verdict: Verdict; readonly answer: Answer } | "again";

/** Keeps calls waiting for signers. */
export class Waits {
  readonly #asks: Asks;
  readonly #consents: Consents;
  readonly #grants: GrantBook;
  readonly #grounds: Grounds;
  readonly #world: World;

  constructor(asks: Asks, consents: Consents, grants: GrantBook, grounds: Grounds, world: World) {
    this.#asks = asks;
    this.#consents = consents;
    this.#grants = grants;
    this.#grounds = grounds;
    this.#world = world;
  }

  /** Begins to wait; `answer`: one that was given before this gate was started. Throws `overloaded`. */
  async begin(
    ask: Omit<Ask, "since" | "until">,
    answer: Answer | null,
    policy: CurrentPolicy,
  ): Promise<Waited> {
    this.#asks.opened(ask, answer);
    return await this.#wait(ask.seq, policy);
  }

  /**
   * Goes on waiting for a call that was sent again. Null where it is to be decided anew: it does not wait here, the policy
   * set has changed, or what it asks for was granted meanwhile. Then its ask has no answer, and gives back what it took.
   */
  async again(seq: number, policy: CurrentPolicy): Promise<Waited | null> {
    const ask = this.#asks.find(seq);
    if (ask === null) return null;
    if (ask.lineage === policy.lineage.lineage && !this.#isGranted(ask)) return await this.#wait(seq, policy);
    await this.#consents.giveUp(seq, policy);
    this.#asks.forget(seq);
    return null;
  }

  async #wait(seq: number, policy: CurrentPolicy): Promise<Waited> {
    let answer = await this.#asks.answerTo(seq, patience);
    if (answer === null && this.#asks.isOver(seq)) {
      await this.#consents.giveUp(seq, policy);
      answer = await this.#asks.answerTo(seq, 0);
    }
    return answer === null ? "again" : { verdict: this.#verdictOf(answer, seq), answer };
  }

  /** What was judged may be something else by now: then the answer was to another call. */
  #verdictOf({ answer }: Answer, seq: number): Verdict {
    const ground = this.#grounds.of(seq);
    return answer === "allow" && (ground === null || stillStands(ground, this.#world)) ? "allow" : "deny";
  }

  #isGranted({ grantable, principal, session, lineage }: Ask): boolean {
    const granted = new Set(
      this.#grants.of(principal, session, lineage).flatMap(({ effects }) => effects.map(canonicalJson)),
    );
    return grantable?.every((effect) => granted.has(canonicalJson(effect))) === true;
  }
}
