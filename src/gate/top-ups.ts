import { type Clock, formatTime } from "../base/clock.ts";
import { windowLabel, windowSpan } from "../model/budget.ts";
import { clockSlack, topUpLength } from "../model/consent.ts";
import { readTopUp, type TopUp } from "../trust/top-up.ts";
import { refused, type SignedAnswer, signerOf } from "./consents.ts";
import type { GrantBook } from "./grants.ts";
import type { CurrentPolicy, GateParts } from "./ports.ts";

/** More of a budget that was granted. */
export interface GrantedMore {
  /** The receipt that holds it. */
  readonly seq: number;
  readonly by: string;
}

/** Takes what signers grant beyond the limit of a budget. */
export class TopUps {
  readonly #parts: Pick<GateParts, "currentPolicy" | "write" | "findConsenter" | "foldSoon">;
  readonly #gate: string;
  readonly #clock: Clock;
  readonly #grants: GrantBook;

  constructor(parts: GateParts, grants: GrantBook) {
    this.#parts = parts;
    this.#gate = parts.gate;
    this.#clock = parts.clock;
    this.#grants = grants;
  }

  /** Lets an agent use more of a budget, as a signer says. Throws `consent-refused`. */
  async take({ text, signature }: SignedAnswer): Promise<GrantedMore> {
    const said = readTopUp(text);
    if (said === null) throw refused("the text is no grant as `mirror grants add` writes it");
    const policy = await this.#parts.currentPolicy();
    const by = await signerOf(this.#parts, { text, signature });
    await this.#grants.open();
    this.#judge(said, policy);
    const { agent, budget, unit, window, more, notAfter: until, nonce } = said;
    const topUp = { budget, unit, window, more, until };
    const consent = { by, text, signature };
    const body = { kind: "grant", agent, what: "topped-up", grant: null, topUp, consent } as const;
    const { seq } = await this.#parts.write(body, policy);
    const { lineage } = policy.lineage;
    this.#grants.toppedUp({ ...topUp, seq, agent, lineage, until: Date.parse(until), nonce });
    this.#parts.foldSoon();
    return { seq, by };
  }

  /** Each text is good once, for a budget that the agent has, in the window that is running, and ends with it. */
  #judge(said: TopUp, { lineage, compiled }: CurrentPolicy): void {
    const now = this.#clock();
    const budget = compiled.agents.get(said.agent)?.budgets.find(({ id }) => id === said.budget);
    if (budget === undefined || budget.unit !== said.unit)
      throw refused(`${said.agent} has no budget ${said.budget} of ${said.unit}`);
    if (said.genesis !== lineage.genesis || said.gate !== this.#gate) throw refused("it is for another gate");
    if (said.lineage !== lineage.lineage) throw refused("the policy set has changed since it was signed");
    const window = windowLabel(budget.window, now);
    if (said.window !== window) throw refused(`it is for the window ${said.window}, and this is ${window}`);
    const ends = Date.parse(said.notAfter);
    const longest = windowSpan(budget.window, now)?.end ?? now + topUpLength + clockSlack;
    if (ends <= now) throw refused(`it held until ${said.notAfter}`);
    if (ends > longest) throw refused(`it holds until ${said.notAfter}, past ${formatTime(longest)}`);
    // Before it is written down, so that of two at once one counts.
    if (!this.#grants.useOnce(said.nonce)) throw refused("it was taken before");
  }
}
