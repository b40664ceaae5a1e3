import { MirrorError } from "../base/errors.ts";
import type { PolicySet, Role } from "../model/policy-set.ts";
import { type Change, changesBetween, isBinding, type PolicySetSource, widens } from "./changes.ts";
import { roleOwnsPath } from "./role-paths.ts";

/** What one role says of a change. */
interface RoleJudgement {
  readonly role: string;
  /** The changed paths it answers for, sorted; empty where the set is unchanged. */
  readonly paths: readonly string[];
  /** One of these paths may permit more. */
  readonly widens: boolean;
  /** Distinct signers that must approve. */
  readonly needed: number;
  /** Ids of its signers that did, sorted. */
  readonly have: readonly string[];
  /** Ids of its signers that did not, sorted. */
  readonly missing: readonly string[];
  readonly met: boolean;
}

/** Whether a change has the approvals it needs. */
export interface ChangeJudgement {
  /** Every role that answers for it is met. */
  readonly met: boolean;
  /** Sorted by role. Never empty. */
  readonly roles: readonly RoleJudgement[];
  /** Some part of it may permit more. */
  readonly widens: boolean;
}

/**
 * Judges a change of policy by the trust of `base` (TRUST P7). Every role that owns a changed path must meet
 * its threshold, its widening threshold where one of those paths widens; a path nobody owns belongs to `trust`, and so
 * do the trust files themselves, always. A binding change that widens also needs `policies`. An unchanged set needs
 * `trust` (P6). `approvers` are signer ids, so
 * that people are counted and not keys.
 */
export function judgeChange(
  base: PolicySetSource,
  next: PolicySetSource,
  approvers: ReadonlySet<string>,
): ChangeJudgement {
  const changes = changesBetween(base.files, next.files);
  const owned = new Map<string, { paths: string[]; widens: boolean }>();
  if (changes.length === 0) owned.set("trust", { paths: [], widens: false });
  for (const change of changes) {
    const changeWidens = widens(change, base.set, next.set);
    for (const role of rolesFor(change, changeWidens, base.set)) {
      const { paths = [], widens = false } = owned.get(role) ?? {};
      owned.set(role, { paths: [...paths, change.path], widens: widens || changeWidens });
    }
  }
  const roles = [...owned]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, { paths, widens }]) => judgeRole(role, paths, widens, base.set, approvers));
  return {
    met: roles.every((role) => role.met),
    roles,
    widens: roles.some((role) => role.widens),
  };
}

/** Tells whether enough signers of one role are among `approvers`. */
export function meetsRole(name: string, set: PolicySet, approvers: ReadonlySet<string>): boolean {
  return judgeRole(name, [], false, set, approvers).met;
}

function rolesFor(change: Change, changeWidens: boolean, base: PolicySet): ReadonlySet<string> {
  const roles = new Set<string>();
  for (const [name, role] of base.trust.roles) {
    if (role.paths.some((glob) => roleOwnsPath(glob, change.path))) roles.add(name);
  }
  if (roles.size === 0 || isTrustsOwn(change.path)) roles.add("trust");
  if (isBinding(change) && changeWidens) roles.add("policies");
  return roles;
}

/** Paths that belong to the `trust` role whatever `trust.yaml` says. */
function isTrustsOwn(path: string): boolean {
  return (
    path === "mirror.yaml" || path === "trust.yaml" || path.startsWith("keys/") || path.startsWith("prices")
  );
}

function judgeRole(
  name: string,
  paths: readonly string[],
  widens: boolean,
  set: PolicySet,
  approvers: ReadonlySet<string>,
): RoleJudgement {
  const role: Role | undefined = set.trust.roles.get(name);
  if (role === undefined) throw new MirrorError("invalid-policy-set", `trust.yaml has no role \`${name}\``);
  const signers = [...new Set(role.signers)].sort();
  const have = signers.filter((signer) => approvers.has(signer));
  const missing = signers.filter((signer) => !approvers.has(signer));
  // A threshold below one would let nobody's approval be enough.
  const needed = Math.max(1, role.threshold, widens ? (role.wideningThreshold ?? 0) : 0);
  return { role: name, paths, widens, needed, have, missing, met: have.length >= needed };
}
