import { type Action, actions } from "../../model/effect.ts";
import type { Binding, PolicySet } from "../../model/policy-set.ts";
import { builtinRules } from "../builtin.ts";
import { compilePolicySet, deniesGate } from "../compile.ts";
import { examplePlaces } from "../examples.ts";
import { quoted } from "../wording.ts";
import type {
  CompareOptions,
  Direction,
  PolicyChange,
  PolicyComparison,
  UnknownRegion,
} from "./comparison.ts";
import type { Doubt } from "./doubts.ts";
import type { Asker } from "./requests.ts";
import {
  changeBetween,
  type Effort,
  type Findings,
  findChanges,
  findUnattended,
  type Sets,
} from "./search.ts";
import { deniesAll, type Side, type SideRules, sideOf, sidesOf, unbound } from "./side.ts";

const defaultEffort = 200_000;

/**
 * Tells how what `after` decides differs from what `before` decides, for every agent that either binds.
 *
 * A difference is only told with a request that the evaluator decides so; sameness only where it is proven. The
 * rest is `unknown`. Throws `invalid-policy-set` for a pattern that the document parser would have refused.
 */
export function comparePolicySets(
  before: PolicySet,
  after: PolicySet,
  options: CompareOptions = {},
): PolicyComparison {
  const comparison = new Comparison(before, after, options);
  for (const agent of [...new Set([...before.agents.keys(), ...after.agents.keys()])].sort()) {
    comparison.compareAgent(agent);
  }
  return comparison.result();
}

/** Both sides of an agent under some of its clients. */
interface Pairing {
  readonly before: Side;
  readonly after: Side;
  readonly clients: readonly string[];
  /** The same for pairings that must come out alike. */
  readonly key: string;
}

class Comparison {
  readonly #before: PolicySet;
  readonly #after: PolicySet;
  readonly #options: CompareOptions;
  readonly #sets: Sets;
  readonly #sides = new Map<string, Side>();
  /** By pairing and action. Agents with the same policies differ in the name alone. */
  readonly #findings = new Map<string, Findings>();
  readonly #changes: PolicyChange[] = [];
  readonly #unknown: UnknownRegion[] = [];

  constructor(before: PolicySet, after: PolicySet, options: CompareOptions) {
    this.#before = before;
    this.#after = after;
    this.#options = options;
    this.#sets = { before: compilePolicySet(before), after: compilePolicySet(after) };
  }

  result(): PolicyComparison {
    const directions = [
      ...this.#changes.map(({ direction }) => direction),
      ...refusals(this.#before, this.#after),
    ];
    const [widens, narrows] = [directions.includes("widens"), directions.includes("narrows")];
    const still = this.#unknown.length > 0 ? "unknown" : "none";
    const verdict = widens && narrows ? "both" : widens ? "widens" : narrows ? "narrows" : still;
    return { verdict, changes: this.#changes, unknown: this.#unknown };
  }

  compareAgent(agent: string): void {
    const effort: Effort = { left: this.#options.effort ?? defaultEffort };
    for (const pairing of this.#pairings(this.#before.agents.get(agent), this.#after.agents.get(agent))) {
      const [client] = pairing.clients;
      if (client === undefined) continue;
      const places = this.#options.places ?? examplePlaces;
      const asker: Asker = { agent, client, places, unattended: null };
      for (const action of actions) {
        this.#compareAction(action, pairing, asker, effort);
        this.#compareUnattended(action, pairing, asker);
      }
    }
  }

  /** A client that only one set names speaks to nobody in the other. */
  #pairings(before: Binding | undefined, after: Binding | undefined): Pairing[] {
    const old = before?.clients ?? [];
    const now = after?.clients ?? [];
    const both = old.filter((client) => now.includes(client));
    const gone = old.filter((client) => !now.includes(client));
    const come = now.filter((client) => !old.includes(client));
    const oldSide = this.#side("before", this.#before, before);
    const newSide = this.#side("after", this.#after, after);
    return [
      { ...oldSide, ...newSide, clients: both, key: `${oldSide.name}/${newSide.name}` },
      { ...oldSide, after: unbound, clients: gone, key: `${oldSide.name}/` },
      { before: unbound, ...newSide, clients: come, key: `/${newSide.name}` },
    ];
  }

  #side<K extends "before" | "after">(
    which: K,
    set: PolicySet,
    binding: Binding | undefined,
  ): { name: string } & Record<K, Side> {
    const policies = binding === undefined ? null : [...new Set(binding.policies)].sort();
    const name = policies === null ? "" : `${policies.join(" ")}.`;
    const known = this.#sides.get(`${which} ${name}`);
    const side = known ?? (policies === null ? unbound : sideOf(set, policies));
    this.#sides.set(`${which} ${name}`, side);
    return { name, [which]: side } as { name: string } & Record<K, Side>;
  }

  #compareAction(action: Action, pairing: Pairing, asker: Asker, effort: Effort): void {
    const key = `${action} ${pairing.key}`;
    const known = this.#findings.get(key);
    if (known !== undefined) {
      this.#tell(action, repeated(known, asker, this.#sets), asker);
      return;
    }
    const sides = sidesOf(action, pairing.before, pairing.after);
    const isSame =
      sides.before.own.length + sides.after.own.length === 0 &&
      sides.before.otherwise === sides.after.otherwise;
    if (isSame && pairing.before !== unbound && pairing.after !== unbound) return;
    const findings = findChanges(action, sides, asker, this.#sets, effort, this.#options.known ?? []);
    this.#findings.set(key, findings);
    this.#tell(action, findings, asker);
  }

  /** What is asked where nobody is there to answer, and denied by the one set alone. */
  #compareUnattended(action: Action, { before, after }: Pairing, asker: Asker): void {
    if (before === unbound || after === unbound) return;
    const denied = this.#sets.before.agents.get(asker.agent)?.deniesUnattended;
    if (denied === this.#sets.after.agents.get(asker.agent)?.deniesUnattended) return;
    const sides = sidesOf(action, before, after);
    if (![sides.before, sides.after].every((side) => mayAsk(action, side))) return;
    const change = findUnattended(action, sides, asker, this.#sets);
    if (change !== null) this.#changes.push(change);
    else
      this.#unknown.push({
        agent: asker.agent,
        action,
        direction: denied === true ? "widens" : "narrows",
        why: unattendedUnknown,
      });
  }

  #tell(action: Action, { changes, doubts }: Findings, { agent }: Asker): void {
    this.#changes.push(...changes);
    for (const [direction, rules] of doubts) {
      this.#unknown.push({ agent, action, direction, why: whyUnknown(direction, rules) });
    }
  }
}

const unattendedUnknown =
  "no request was found that asks, and none is excluded: where nobody answers, it may be decided otherwise";

/** Tells whether some request about the action may be asked; built-in rules ask, too. */
function mayAsk(action: Action, side: SideRules): boolean {
  const isGuarded = builtinRules.some(({ actions }) => actions.includes(action));
  const asks = side.otherwise === "ask" || side.all.some(({ rule }) => rule.verdict === "ask");
  return (asks || isGuarded) && !deniesAll(side);
}

/** Which way it goes for gates that one of the sets does not enrol. */
function refusals(before: PolicySet, after: PolicySet): Direction[] {
  const named = [before, after].flatMap(({ trust }) => trust.gates.map(({ id }) => id));
  // The empty id is nobody's: it stands for all that neither set names.
  return ["", ...named].flatMap((gate): Direction[] => {
    const [was, is] = [deniesGate(before, gate), deniesGate(after, gate)];
    return was === is ? [] : [was ? "widens" : "narrows"];
  });
}

/** The same findings for another agent, decided again in its name. */
function repeated({ changes, doubts }: Findings, { agent, client }: Asker, sets: Sets): Findings {
  const again = changes.map(({ witness }) => changeBetween({ ...witness, agent, client }, sets));
  return { changes: again.filter((change) => change !== null), doubts };
}

const mostNamed = 3;

function whyUnknown(direction: Direction, doubts: readonly Doubt[]): string {
  const names = doubts
    .slice(0, mostNamed)
    .map((doubt) => (doubt === null ? "`otherwise`" : quoted(doubt.name)));
  const more = doubts.length > mostNamed ? ` and ${doubts.length - mostNamed} more` : "";
  const change = direction === "widens" ? "more is let through" : "less is let through";
  return `no request was found for which ${change}, and none is excluded: it is not proven that ${names.join(", ")}${more} make no difference`;
}
