import { realpathSync } from "node:fs";
import { isMirrorError } from "../../base/errors.ts";
import { findGit } from "../../git/find-git.ts";
import { type Git, runGit } from "../../git/launch.ts";
import { type ObjectReader, openObjectReader } from "../../git/objects.ts";
import { readHead, readRef } from "../../git/refs.ts";
import type { Repository } from "../../git/repository.ts";
import { parsePolicySet } from "../../model/documents.ts";
import { policySetAt } from "../../policy-store/policy-set-at.ts";
import { gateStanding, verifyWith } from "../verify.ts";
import type { Where } from "../where.ts";
import { judgeHead } from "./check.ts";

/** One ref that a push moves. Null: it is made, or deleted. */
export interface PushedRef {
  readonly ref: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** A ref that must not move so, and why. */
export interface Refusal {
  readonly ref: string;
  readonly why: string;
}

const ledgers = "refs/mirror/ledger/";

/**
 * Judges a push, as a server's `pre-receive` hook: the policy branch (`mirror.policyBranch` of the server's
 * configuration, else the branch HEAD names) only goes forward and only carries what is approved; a ledger only goes
 * forward, and verifies. Everything else is not looked at.
 */
export async function judgePush(where: Where, refs: readonly PushedRef[]): Promise<readonly Refusal[]> {
  const repository = servedRepository(where);
  const reader = openObjectReader(repository);
  try {
    const policyRef = `refs/heads/${await policyBranchOf(repository)}`;
    const refusals: Refusal[] = [];
    for (const pushed of refs) {
      const isGuarded = pushed.ref === policyRef || pushed.ref.startsWith(ledgers);
      const why = isGuarded ? await whyNot(repository, reader, pushed, policyRef) : null;
      if (why !== null) refusals.push({ ref: pushed.ref, why });
    }
    return refusals;
  } finally {
    reader.close();
  }
}

async function whyNot(
  repository: Repository,
  reader: ObjectReader,
  { ref, from, to }: PushedRef,
  policyRef: string,
): Promise<string | null> {
  if (to === null) return "it must not be deleted";
  if (from !== null && !(await isAncestor(repository, from, to)))
    return `it only goes forward, and ${to.slice(0, 12)} does not lead back to ${from.slice(0, 12)}`;
  try {
    return ref === policyRef
      ? await whyNotPolicy(repository, reader, to)
      : await whyNotLedger(repository, reader, ref, to, policyRef);
  } catch (error) {
    if (!isMirrorError(error)) throw error;
    return error.message;
  }
}

async function whyNotPolicy(
  repository: Repository,
  reader: ObjectReader,
  to: string,
): Promise<string | null> {
  // A repository that is not governed yet has nothing to guard.
  if ((await policySetAt(reader, to)) === null) return null;
  const { state, missing } = await judgeHead(repository, reader, to, to);
  if (state === "unchanged") return null;
  const needed = missing.length === 0 ? "" : `: ${missing.join("; ")}`;
  return `${to.slice(0, 12)} carries a policy set that is not approved${needed}`;
}

async function whyNotLedger(
  repository: Repository,
  reader: ObjectReader,
  ref: string,
  to: string,
  policyRef: string,
): Promise<string | null> {
  const tip = readRef(repository, policyRef);
  const standing = tip === null ? null : await policySetAt(reader, tip);
  const { set } = standing === null ? { set: null } : parsePolicySet(standing);
  if (standing === null || set === null) return "no policy set here says which gates are enrolled";
  const gate = ref.slice(ledgers.length);
  const known = await gateStanding(set, standing, gate);
  if (known.keys.length === 0) return `the gate ${gate} is not enrolled in .mirror/trust.yaml`;
  const { genesis } = await judgeHead(repository, reader, tip ?? to, tip ?? to);
  const report = await verifyWith(
    { repository, reader, record: { gate, genesis } },
    known,
    () => undefined,
    to,
  );
  const [first, ...more] = report.problems;
  if (first === undefined) return null;
  return `it does not verify: ${first.message}${more.length === 0 ? "" : ` (and ${more.length} problems more)`}`;
}

/** The repository a hook runs in, with what the push brings in it. */
function servedRepository({ directory, environment }: Where): Repository {
  const found = findGit(environment["PATH"] ?? "");
  const { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates } = environment;
  const git: Git =
    objects === undefined ? found : { ...found, quarantine: { objects, alternates: alternates ?? "" } };
  const gitDir = realpathSync(environment["GIT_DIR"] ?? directory);
  return { git, commonDir: gitDir, gitDir, workTree: gitDir };
}

async function policyBranchOf({ git, commonDir, gitDir }: Repository): Promise<string> {
  const args = ["--git-dir", commonDir, "config", "--get", "mirror.policyBranch"];
  const { code, stdout } = await runGit(git, args, {});
  const configured = stdout.toString("utf8").trim();
  if (code === 0 && configured !== "") return configured;
  return (readHead(gitDir).branch ?? "refs/heads/main").replace(/^refs\/heads\//, "");
}

async function isAncestor({ git, commonDir }: Repository, from: string, to: string): Promise<boolean> {
  const args = ["--git-dir", commonDir, "merge-base", "--is-ancestor", from, to];
  return (await runGit(git, args, {})).code === 0;
}
