import { MirrorError } from "../base/errors.ts";
import { firstLine, spawnGit } from "../git/launch.ts";
import type { Repository } from "../git/repository.ts";

/**
 * Gives the commits from `head` back along first parents, the newest first. Git does not hash what it walks here:
 * the list says what to look at, never that it is good. Ending early ends git.
 *
 * Throws `ledger-corrupt` where the history is cut off or cannot be read.
 */
export async function* listLedgerCommits(
  repo: Pick<Repository, "git" | "commonDir">,
  head: string,
): AsyncGenerator<string, void, undefined> {
  const args = ["--git-dir", repo.commonDir, "rev-list", "--first-parent", "--end-of-options", head, "--"];
  const child = spawnGit(repo.git, args, {});
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 128)));
  let said = "";
  child.stderr.on("data", (piece: Buffer) => {
    said = (said + piece.toString("utf8")).slice(-4096);
  });
  child.on("error", (error) => {
    said = error.message;
  });
  child.stdin.end();
  let whole = false;
  try {
    let rest = "";
    for await (const piece of child.stdout) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    whole = true;
  } finally {
    if (!whole) child.kill();
  }
  if ((await ended) === 0) return;
  throw new MirrorError("ledger-corrupt", `the history of \`${head}\` cannot be walked: ${firstLine(said)}`, {
    data: { head },
    hint: "run `git fsck`, and fetch what is missing",
  });
}
