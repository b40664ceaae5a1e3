import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { MirrorError, systemErrorCode } from "../../base/errors.ts";
import { readRef } from "../../git/refs.ts";
import { isId } from "../../model/id.ts";
import type { PolicySet, PolicySetFiles } from "../../model/policy-set.ts";
import { readYaml } from "../../model/yaml.ts";
import { commitProposal } from "../../policy-store/proposal.ts";
import { policySetDigest } from "../../trust/policy-digest.ts";
import type { ChangeJudgement } from "../../trust/thresholds.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { judgeProposal } from "./approvals.ts";
import { findCarrier } from "./carrier.ts";
import { isMerged, proposalPrefix } from "./proposal.ts";
import { deskOf, mustBeGood, ownKey } from "./reviewer.ts";

/** A change that is to be proposed. */
export interface WantedProposal {
  /** `mirror/policy/<name>` becomes the branch. */
  readonly name: string;
  /** Files to take in: what `file` holds becomes `.mirror/<as>`; null: `policies/<its id>.yaml`. */
  readonly files: readonly { readonly file: string; readonly as: string | null }[];
  /** Paths below `.mirror/` to take away. */
  readonly remove: readonly string[];
}

/** What `mirror policy propose` made. */
export interface MadeProposal {
  readonly branch: string;
  readonly commit: string;
  readonly policyBranch: string;
  /** Whose approval it needs. */
  readonly judgement: ChangeJudgement;
  /** The client whose agent seems to have run this; null: a person. */
  readonly agent: string | null;
}

/**
 * Proposes a change of the policy set: a branch of one commit on top of the approved set. No work tree and no index is
 * touched. Throws `usage` (a name that is none, a branch that is there, nothing changed) and `invalid-policy-set`.
 */
export async function proposeFiles(
  where: Where,
  wanted: WantedProposal,
  prompts: Prompts,
): Promise<MadeProposal> {
  const changes = wanted.files.map((each) => readWanted(where.directory, each));
  return await propose(where, prompts, wanted.name, (before) => {
    const after = new Map(before);
    for (const path of wanted.remove) {
      if (after.delete(path)) continue;
      throw new MirrorError("usage", `there is no \`${path}\` below .mirror/ in the approved policy set`, {
        hint: "name a path below .mirror/, for example policies/base.yaml",
      });
    }
    for (const { path, bytes } of changes) after.set(path, bytes);
    return { after, subject: `policy: ${wanted.name}` };
  });
}

/** What is to hold, and how the commit that proposes it begins. */
interface Proposed {
  readonly after: PolicySetFiles;
  readonly subject: string;
}

/** Proposes what `change` makes of the approved set's files, as `proposeFiles` does. */
export async function propose(
  where: Where,
  prompts: Prompts,
  name: string,
  change: (before: PolicySetFiles, set: PolicySet) => Proposed | Promise<Proposed>,
): Promise<MadeProposal> {
  if (!isId(name))
    throw new MirrorError("usage", `\`${name}\` is no name, expected lower-case letters, digits and \`-\``, {
      hint: "take another one, for example no-containers",
    });
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const branch = `${proposalPrefix}${name}`;
    const ref = `refs/heads/${branch}`;
    const standing = readRef(state.repository, ref);
    if (standing !== null && !(await isMerged(state, approved, { commit: standing }))) {
      throw new MirrorError("usage", `there is a branch \`${branch}\` already, at ${standing.slice(0, 12)}`, {
        hint: `take another name, or give that one up: mirror policy withdraw ${name}`,
      });
    }
    const { after, subject } = await change(approved.files, approved.set);
    const digest = policySetDigest(after);
    if (digest === approved.lineage.digest) {
      const message = `nothing is changed: that is the approved policy set, of epoch ${approved.lineage.epoch}`;
      throw new MirrorError("usage", message, {
        hint: "leave it, as that is what holds, or change something",
      });
    }
    const set = mustBeGood(after, approved.set);
    const on = await findCarrier(state, approved);
    const agent = actingAgent(where);
    const desk = await deskOf(state, where, ref, agent === null ? await ownKey(state, where, prompts) : null);
    const mark = agent === null ? "" : `\n\nProposed by an agent: ${agent}`;
    const commit = await commitProposal(desk, {
      on,
      after,
      message: `${subject}${mark}\n`,
      replaces: standing,
    });
    const judgement = judgeProposal(approved, { files: after }, set, []);
    return { branch, commit, policyBranch: approved.set.config.policyBranch, judgement, agent };
  } finally {
    state.close();
  }
}

function readWanted(
  directory: string,
  { file, as }: WantedProposal["files"][number],
): { readonly path: string; readonly bytes: Uint8Array } {
  const bytes = readGiven(resolve(directory, file));
  return { path: as ?? `policies/${idOf(file, bytes)}.yaml`, bytes };
}

function readGiven(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === null) throw error;
    throw new MirrorError("usage", `${path} cannot be read (${code}), expected a file to take in`, {
      cause: error,
      hint: "name one that is there and yours to read",
    });
  }
}

/** Reads the id a policy gives itself: by it the file is named. */
function idOf(file: string, bytes: Uint8Array): string {
  const { source, problems } = readYaml(basename(file), bytes);
  const value: unknown = source?.value;
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : null;
  if (typeof id === "string" && isId(id)) return id;
  const why = problems[0]?.message ?? "it has no `id`";
  throw new MirrorError("usage", `${file} says of no policy which it is: ${why}`, {
    hint: "say where it goes: --as <path below .mirror/>",
  });
}

/** Variables by which clients mark what their agents run. A claim: it makes nothing possible that was not. */
const agentMarks = [
  ["CLAUDECODE", "claude-code"],
  ["CODEX_SANDBOX", "codex"],
  ["GEMINI_CLI", "gemini-cli"],
] as const;

function actingAgent({ environment }: Where): string | null {
  return agentMarks.find(([name]) => (environment[name] ?? "") !== "")?.[1] ?? null;
}
