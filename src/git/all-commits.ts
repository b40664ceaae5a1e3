import { gitFailure, spawnGit } from "./launch.ts";
import type { Repository } from "./repository.ts";

/**
 * Gives the ids of every commit in the object store, whether a ref leads to it or not, in no order. Git does not hash
 * what it lists here: read each to believe it. Throws `git-failed`.
 */
export async function listAllCommits(repo: Pick<Repository, "git" | "commonDir">): Promise<string[]> {
  const format = "--batch-check=%(objecttype) %(objectname)";
  const args = ["--git-dir", repo.commonDir, "cat-file", "--batch-all-objects", "--unordered", format];
  const child = spawnGit(repo.git, args, {});
  let said = "";
  child.stderr.on("data", (piece: Buffer) => {
    said = (said + piece.toString("utf8")).slice(-4096);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 128));
  });
  child.stdin.end();
  const ids: string[] = [];
  let rest = "";
  for await (const piece of child.stdout) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("commit ")) ids.push(line.slice("commit ".length));
  }
  const code = await ended;
  if (code !== 0) throw gitFailure("cat-file", { code, stderr: said });
  return ids;
}
