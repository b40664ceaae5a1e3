import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkRefName } from "./ref-name.ts";
import type { Repository } from "./repository.ts";

/**
 * Takes away the file of a ref of mirror's own that holds no object id, which git itself neither moves nor deletes.
 * Gives what stood there. A packed value of the ref, if there is one, counts again.
 */
export function dropBrokenRef(repo: Pick<Repository, "commonDir">, ref: string): string {
  checkRefName(ref);
  const path = join(repo.commonDir, ref);
  const text = readFileSync(path, "utf8").slice(0, 200);
  rmSync(path);
  return text;
}
