import { gitObjectId } from "../base/digest.ts";
import { isMirrorError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { type BatchReply, BatchStream } from "./batch-stream.ts";
import { spawnGit, spawnGitBehind } from "./launch.ts";
import type { Repository } from "./repository.ts";

/** Most commits are looked at once and let go: their bytes may share memory, which costs a fraction of their own. */
const passing = (size: number): Uint8Array => Buffer.allocUnsafe(size);

/** A commit whose bytes hash to its id. */
export interface BulkCommit {
  readonly id: string;
  readonly raw: Uint8Array;
}

/**
 * Gives the history behind some commits as fast as git writes it: `git rev-list` names them, `git cat-file` writes them,
 * and here they are hashed. Which commits come is git's word and means nothing (TRUST T2): whoever walks takes those that
 * a commit it has reached names as parents, and reads by itself what did not come. Ends early over whatever is wrong,
 * and wherever the caller stops.
 */
export async function* bulkCommits(
  { git, commonDir }: Pick<Repository, "git" | "commonDir">,
  tips: readonly string[],
): AsyncGenerator<readonly BulkCommit[], void, undefined> {
  const list = spawnGit(git, ["--git-dir", commonDir, "rev-list", "--stdin"], {});
  const ask = ["--git-dir", commonDir, "cat-file", "--batch", "--buffer"];
  const batch = spawnGitBehind(list.stdout, git, ask);
  // An end that breaks off is an end; what did not come is read in another way.
  for (const stream of [list, batch, list.stdin, batch.stdout]) stream.on("error", () => undefined);
  for (const child of [list, batch]) child.stderr.resume();
  list.stdin.end(`${tips.join("\n")}\n`);
  const stream = new BatchStream(limits.gitObject, passing);
  try {
    for await (const piece of batch.stdout as AsyncIterable<Buffer>) {
      const commits: BulkCommit[] = [];
      for (const reply of repliesIn(stream, piece)) {
        if (reply?.kind !== "object" || reply.type !== "commit") return;
        if (gitObjectId("commit", reply.data) !== reply.id) return;
        commits.push({ id: reply.id, raw: reply.data });
      }
      yield commits;
    }
  } finally {
    list.kill();
    batch.kill();
  }
}

/** Gives the replies that a piece completes; null stands for what is not what git writes. */
function repliesIn(stream: BatchStream, piece: Buffer): readonly (BatchReply | null)[] {
  try {
    return stream.push(piece);
  } catch (error) {
    if (isMirrorError(error, "git-failed")) return [null];
    throw error;
  }
}
