import type { DecisionInput } from "../model/decision.ts";
import type { Analysis, Effect } from "../model/effect.ts";
import { type RiskReason, riskReasons } from "../model/risk.ts";

/**
 * What comes before an effect: the risk reasons of earlier calls of the session, and of other effects of the same call.
 * In which order a call does things is not known, so each may be the first; otherwise `cat .env; curl x.io` would pass
 * where the same in two calls does not.
 */
export class Earlier {
  readonly #analysis: Analysis;
  readonly #session: readonly RiskReason[];
  /** One effect of each doing that has the reason. */
  readonly #byReason = new Map<RiskReason, Map<string, Effect>>();
  readonly #known = new Map<string, readonly RiskReason[]>();

  /** Where the input does not say what the session did, it may have done everything. */
  constructor({ analysis, after = riskReasons }: Pick<DecisionInput, "analysis" | "after">) {
    this.#analysis = analysis;
    this.#session = after;
    for (const effect of analysis.effects) {
      for (const reason of effect.risk.reasons) {
        const doings = this.#byReason.get(reason) ?? new Map<string, Effect>();
        this.#byReason.set(reason, doings.set(doingOf(effect), effect));
      }
    }
  }

  /** Gives the risk reasons of what comes, or may come, before the effect. */
  than(effect: Effect): readonly RiskReason[] {
    const doing = doingOf(effect);
    const known = this.#known.get(doing);
    if (known !== undefined) return known;
    const here = [...this.#byReason].flatMap(([reason, doings]) =>
      [...doings.values()].some((other) => !this.#isOneDoing(effect, other)) ? [reason] : [],
    );
    const all = here.length === 0 ? this.#session : [...this.#session, ...here];
    this.#known.set(doing, all);
    return all;
  }

  /** That a command is run, what it does and what it runs in turn is one; so are two files that one command reads. */
  #isOneDoing(a: Effect, b: Effect): boolean {
    return doingOf(a) === doingOf(b) || this.#runs(a, b) || this.#runs(b, a);
  }

  #runs({ action, command: runner }: Effect, { command }: Effect): boolean {
    if (action !== "shell.exec" || runner === null) return false;
    const { commands } = this.#analysis;
    let at = command;
    for (let step = 0; at !== null && step <= commands.length; step += 1) {
      if (at === runner) return true;
      at = commands[at]?.parent ?? null;
    }
    return false;
  }
}

function doingOf({ command, action }: Effect): string {
  return `${command} ${action}`;
}
