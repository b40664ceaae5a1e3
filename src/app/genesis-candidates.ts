import { formatTime } from "../base/clock.ts";
import { isMirrorError } from "../base/errors.ts";
import { gitOutput } from "../git/launch.ts";
import { type MirrorTree, readMirrorTree } from "../git/mirror-tree.ts";
import { isShallow, type ObjectReader } from "../git/objects.ts";
import { listNewCommits } from "../git/reach.ts";
import { listRefs, readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { Lineage } from "../model/lineage.ts";
import { parseCommit, parseCommitLinks } from "../trust/commit.ts";
import { checkGenesis } from "../trust/genesis.ts";

/** A commit that could be this repository's root: signed by a trust signer of its own policy set. */
export interface GenesisCandidate {
  readonly lineage: Lineage;
  readonly signer: string;
  readonly fingerprint: string;
  /** When it was committed, as the commit says. */
  readonly time: string;
}

/**
 * Looks for genesis commits in HEAD and in every local and remote-tracking branch (TRUST T6); with `behind`, only among
 * that commit and its ancestors.
 */
export async function findGenesisCandidates(
  repository: Repository,
  reader: ObjectReader,
  behind: string | null = null,
): Promise<GenesisCandidate[]> {
  const candidates: GenesisCandidate[] = [];
  // A cheap look for the words; every hit is then read raw, re-hashed and judged.
  for await (const id of isShallow(repository)
    ? walkFor(repository, reader, behind)
    : searchFor(repository, behind)) {
    const candidate = await readGenesis(reader, id);
    if (candidate !== null) candidates.push(candidate);
  }
  return candidates;
}

const words = "Mirror-Genesis: v1 sha256:";

async function* searchFor(repository: Repository, behind: string | null): AsyncGenerator<string> {
  const search = ["--git-dir", repository.gitDir, "rev-list", `--grep=^${words}`];
  const head = readRef(repository, "HEAD");
  const from = behind === null ? [...(head === null ? [] : [head]), "--branches", "--remotes"] : [behind];
  const found = await gitOutput(repository.git, [...search, ...from], {});
  yield* found.split("\n").filter((line) => line !== "");
}

/** Git does not search a history that is cut off, as ours never believes the file that says where: so we walk it. */
async function* walkFor(
  repository: Repository,
  reader: ObjectReader,
  behind: string | null,
): AsyncGenerator<string> {
  const tips = behind === null ? tipsOf(repository) : [behind];
  for await (const reached of listNewCommits(reader, tips, () => false)) {
    if (reached.missing === null && Buffer.from(reached.raw).includes(words)) yield reached.id;
  }
}

function tipsOf(repository: Repository): string[] {
  const head = readRef(repository, "HEAD");
  const branches = [...listRefs(repository, "refs/heads/"), ...listRefs(repository, "refs/remotes/")];
  return [...(head === null ? [] : [head]), ...branches.map(({ id }) => id)];
}

/** Tells whether HEAD or a branch holds a `trust.yaml`, which only a genesis or what follows it does. */
export async function carriesTrust(repository: Repository, reader: ObjectReader): Promise<boolean> {
  for (const tip of new Set(tipsOf(repository))) {
    const { type, data } = await reader.read(tip);
    if (type !== "commit") continue;
    const mirror = await readIfUsable(reader, parseCommitLinks(data).tree);
    if (mirror?.files.has("trust.yaml") === true) return true;
  }
  return false;
}

/** A tree that no policy set may be (TRUST P1) is no candidate's; on some branch of somebody's it must not stop the others. */
async function readIfUsable(reader: ObjectReader, tree: string): Promise<MirrorTree | null> {
  try {
    return await readMirrorTree(reader, tree);
  } catch (error) {
    if (isMirrorError(error, "invalid-policy-set", "too-large")) return null;
    throw error;
  }
}

/** Reads a commit as a genesis; null if it is none. */
export async function readGenesis(reader: ObjectReader, id: string): Promise<GenesisCandidate | null> {
  const found = await judgeGenesis(reader, id);
  return typeof found === "string" ? null : found;
}

/** Reads a commit as a genesis, or says why it is none. */
export async function judgeGenesis(reader: ObjectReader, id: string): Promise<GenesisCandidate | string> {
  const { type, data } = await reader.read(id);
  if (type !== "commit") return `it is a ${type}`;
  const mirror = await readIfUsable(reader, parseCommitLinks(data).tree);
  if (mirror === null) return "it holds no policy set";
  const result = await checkGenesis(data, id, mirror.files, parsePolicySet);
  if (result.status !== "good") return result.message;
  const { committer } = parseCommit(data);
  return {
    lineage: result.lineage,
    signer: result.signer,
    fingerprint: result.fingerprint,
    time: formatTime(committer.time * 1_000),
  };
}
