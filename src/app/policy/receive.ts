import { realpathSync } from "node:fs";
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
import {
  ledgerRefs,
  type MovedRef,
  type Objection,
  objectionOf,
  objectionToLosing,
  objectionToPolicy,
  type PushedRef,
  short,
} from "./moved-ref.ts";

/** A ref that must not move so, and why. */
export interface Refusal extends Objection {
  readonly ref: string;
}

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
    // What is pushed along with a ledger counts for it: git takes all of a push or nothing.
    const moved = refs.find(({ ref }) => ref === policyRef);
    const policyTip = moved === undefined ? readRef(repository, policyRef) : moved.to;
    const refusals: Refusal[] = [];
    for (const pushed of refs) {
      const isLedger = pushed.ref.startsWith(ledgerRefs);
      if (pushed !== moved && !isLedger) continue;
      const objection = await objectionOf(async () => {
        const { to } = pushed;
        const losing = await objectionToLosing(repository, pushed);
        if (losing !== null || to === null) return losing;
        return isLedger
          ? await objectionToLedger(repository, reader, { ...pushed, to }, { ref: policyRef, tip: policyTip })
          : await objectionToPolicy(repository, reader, { ...pushed, to });
      });
      if (objection !== null) refusals.push({ ref: pushed.ref, ...objection });
    }
    return refusals;
  } finally {
    reader.close();
  }
}

/** The policy branch, and the commit that it comes to stand at. */
interface PolicyBranch {
  readonly ref: string;
  readonly tip: string | null;
}

async function objectionToLedger(
  repository: Repository,
  reader: ObjectReader,
  { ref, to }: MovedRef,
  { ref: policyRef, tip }: PolicyBranch,
): Promise<Objection | null> {
  const gate = ref.slice(ledgerRefs.length);
  const standing = tip === null ? null : await policySetAt(reader, tip);
  if (tip === null || standing === null) {
    return {
      why: `${policyRef} has no policy set here that could say which gates are enrolled`,
      hint: "push the policy branch first, or along with it; another name of it is the server's `git config mirror.policyBranch`",
    };
  }
  const { genesis, state } = await judgeHead(repository, reader, tip, tip);
  const { set } = parsePolicySet(standing);
  if (state !== "unchanged" || set === null) {
    return {
      why: `${policyRef} at ${short(tip)} does not carry the approved policy set, which says what gates are enrolled`,
      hint: "put the policy branch right first",
    };
  }
  const known = await gateStanding(set, standing, gate);
  if (known.keys.length === 0) {
    return {
      why: `the gate ${gate} is not enrolled in .mirror/trust.yaml on ${policyRef}`,
      hint: "`mirror gate request` in its clone asks for it; push the policy branch once that is merged",
    };
  }
  const report = await verifyWith(
    { repository, reader, record: { gate, genesis } },
    known,
    () => undefined,
    to,
  );
  const [first, ...more] = report.problems;
  if (first === undefined) return null;
  const at = first.commit === null ? "" : `commit ${short(first.commit)}: `;
  return {
    why: `it does not verify: ${at}${first.message}${more.length === 0 ? "" : ` (and ${more.length} more)`}`,
    hint: "push it as its gate wrote it; `mirror verify` in the gate's clone says whether it is whole there",
  };
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
  const branch = code === 0 && configured !== "" ? configured : (readHead(gitDir).branch ?? "main");
  return branch.replace(/^refs\/heads\//, "");
}
