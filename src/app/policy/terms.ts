import { type Budget, budgetText } from "../../model/budget.ts";
import type { Binding, EnrolledGate, LastReceipt, PolicySet, Role } from "../../model/policy-set.ts";
import { priceText } from "../../model/prices.ts";

/**
 * Says in a line each how two policy sets differ in what is no rule: who signs, what a role takes, which gates are
 * enrolled, whom the policies bind, what holds where no rule speaks.
 */
export function differingTerms(before: PolicySet, after: PolicySet): readonly string[] {
  return [
    ...config(before, after),
    ...signers(before, after),
    ...roles(before, after),
    ...gates(before, after),
    ...bindings(before, after),
    ...upstreams(before, after),
    ...prices(before, after),
  ];
}

function config(before: PolicySet, after: PolicySet): string[] {
  const lines: string[] = [];
  const [old, next] = [before.config, after.config];
  if (old.policyBranch !== next.policyBranch)
    lines.push(`the policy branch is ${next.policyBranch}, was ${old.policyBranch}`);
  const actions = new Set([...Object.keys(old.otherwise), ...Object.keys(next.otherwise)]) as Set<
    keyof typeof old.otherwise
  >;
  for (const action of [...actions].sort()) {
    const [was, is] = [old.otherwise[action] ?? "deny", next.otherwise[action] ?? "deny"];
    if (was !== is) lines.push(`where no rule speaks of ${action}: ${is}, was ${was}`);
  }
  if (old.unenrolled !== next.unenrolled)
    lines.push(
      next.unenrolled === null
        ? "a gate that is not enrolled answers as the rules say; it denied every call"
        : "a gate that is not enrolled denies every call",
    );
  if (old.unattended !== next.unattended)
    lines.push(
      next.unattended === null
        ? "what asks where nobody is there to answer is left to the client; it was denied"
        : "what asks where nobody is there to answer is denied",
    );
  return lines;
}

function signers(before: PolicySet, after: PolicySet): string[] {
  const keysOf = ({ trust }: PolicySet): ReadonlyMap<string, readonly string[]> =>
    new Map(trust.signers.map(({ id, keys }) => [id, keys.map(({ fingerprint }) => fingerprint)]));
  return differences(keysOf(before), keysOf(after), {
    added: (id, keys) => `${id} becomes a signer, by ${keys.join(", ")}`,
    removed: (id) => `${id} is no signer any more`,
    changed: (id, was, is) => [
      ...is.filter((key) => !was.includes(key)).map((key) => `${id} gets the key ${key}`),
      ...was.filter((key) => !is.includes(key)).map((key) => `${id} loses the key ${key}`),
    ],
  });
}

function roles(before: PolicySet, after: PolicySet): string[] {
  const text = (role: Role): string => `${takes(role)}, for ${role.paths.join(", ")}`;
  return differences(before.trust.roles, after.trust.roles, {
    added: (name, role) => `the role ${name} is new: ${text(role)}`,
    removed: (name) => `the role ${name} is gone`,
    changed: (name, was, is) =>
      text(was) === text(is) ? [] : [`the role ${name} takes ${text(is)}; it took ${text(was)}`],
  });
}

/** Says how many of whom a role takes. */
export function takes({ threshold, wideningThreshold, wanted, signers: members }: Role): string {
  const also = [
    ...(wideningThreshold === null ? [] : [`${wideningThreshold} for what widens`]),
    ...(wanted === null ? [] : [`${wanted} wanted`]),
  ];
  return `${threshold} of ${members.join(", ")}${also.length === 0 ? "" : ` (${also.join(", ")})`}`;
}

function gates(before: PolicySet, after: PolicySet): string[] {
  const byId = ({ trust }: PolicySet): ReadonlyMap<string, EnrolledGate> =>
    new Map(trust.gates.map((gate) => [gate.id, gate]));
  return differences(byId(before), byId(after), {
    added: (id, { fingerprint, revoked }) =>
      `the gate ${id} is enrolled, by ${fingerprint}${revoked === null ? "" : `, ${revokedText(revoked)}`}`,
    removed: (id) => `the gate ${id} is enrolled no longer`,
    changed: (id, was, is) => [
      ...(was.fingerprint === is.fingerprint
        ? []
        : [`the gate ${id} has the key ${is.fingerprint}, had ${was.fingerprint}`]),
      ...(revokedText(was.revoked) === revokedText(is.revoked)
        ? []
        : [`the gate ${id} is ${revokedText(is.revoked)}; it was ${revokedText(was.revoked)}`]),
    ],
  });
}

function revokedText(last: LastReceipt | null): string {
  return last === null
    ? "not revoked"
    : `revoked: its last receipt that counts is ${last.seq}, commit ${last.head.slice(0, 12)}`;
}

function bindings(before: PolicySet, after: PolicySet): string[] {
  const text = ({ clients, policies, record, consent, notify, usage }: Binding): string =>
    [
      `${clients.join(", ")}, by ${[...policies].sort().join(", ")}`,
      ...(record === "redacted" ? [] : [`record: ${record}`]),
      ...(consent === "client" ? [] : [`consent: ${consent}`]),
      ...(notify === null ? [] : [`notify: ${notify.join(" ")}`]),
      ...(usage === "bus" ? [] : [`usage: ${usage}`]),
    ].join(", ");
  const budgetsOf = (set: PolicySet): ReadonlyMap<string, Budget> =>
    new Map([
      ...[...set.agents.values()].flatMap(({ id, budgets }) => named(`${id}: the budget`, budgets)),
      ...[...set.policies.values()].flatMap(({ id, budgets }) =>
        named(`the policy ${id}: the budget`, budgets),
      ),
      ...named("all agents: the budget", set.config.budgets),
    ]);
  const budgets = differences(budgetsOf(before), budgetsOf(after), {
    added: (name, budget) => `${name} is new: ${budgetText(budget)}`,
    removed: (name, budget) => `${name} is gone; it was ${budgetText(budget)}`,
    changed: (name, was, is) =>
      budgetText(was) === budgetText(is) ? [] : [`${name} is ${budgetText(is)}; it was ${budgetText(was)}`],
  });
  const bound = differences(before.agents, after.agents, {
    added: (id, binding) => `the agent ${id} is bound: ${text(binding)}`,
    removed: (id) => `the agent ${id} is bound no longer`,
    changed: (id, was, is) =>
      text(was) === text(is) ? [] : [`the agent ${id} is bound ${text(is)}; it was ${text(was)}`],
  });
  return [...bound, ...budgets];
}

function upstreams(before: PolicySet, after: PolicySet): string[] {
  const named = ({ config }: PolicySet): ReadonlyMap<string, string> =>
    new Map([
      ...Object.entries(config.bus.upstreams),
      ["answers begin within", `${config.bus.answerTimeout} seconds`],
      ["answers stand still for at most", `${config.bus.idleTimeout} seconds`],
    ]);
  const say = (name: string, is: string): string => `the model bus: ${name} ${is}`;
  return differences(named(before), named(after), {
    added: say,
    removed: say,
    changed: (name, was, is) => (was === is ? [] : [`${say(name, is)}, was ${was}`]),
  });
}

function prices(before: PolicySet, after: PolicySet): string[] {
  const byPattern = ({ prices }: PolicySet): ReadonlyMap<string, string> =>
    new Map([
      ...(prices?.models ?? []).map((price) => [price.pattern, priceText(price)] as const),
      ["any other model", prices?.unknown == null ? "is refused" : priceText(prices.unknown)],
    ]);
  return differences(byPattern(before), byPattern(after), {
    added: (name, is) => `a price: ${name} ${is}`,
    removed: (name) => `${name} has no price of its own any more`,
    changed: (name, was, is) => (was === is ? [] : [`a price: ${name} ${is}; was: ${was}`]),
  });
}

function named(owner: string, budgets: readonly Budget[]): (readonly [string, Budget])[] {
  return budgets.map((budget) => [`${owner} ${budget.id}`, budget]);
}

interface Wording<T> {
  readonly added: (id: string, is: T) => string;
  readonly removed: (id: string, was: T) => string;
  readonly changed: (id: string, was: T, is: T) => readonly string[];
}

function differences<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  say: Wording<T>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((id) => {
    const [was, is] = [before.get(id), after.get(id)];
    if (was === undefined) return is === undefined ? [] : [say.added(id, is)];
    return is === undefined ? [say.removed(id, was)] : say.changed(id, was, is);
  });
}
