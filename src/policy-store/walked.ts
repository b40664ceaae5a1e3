import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MirrorError } from "../base/errors.ts";
import { isShallow, type ObjectReader } from "../git/objects.ts";
import { listNewCommits } from "../git/reach.ts";
import type { Repository } from "../git/repository.ts";
import type { PolicyWalk } from "../trust/walk.ts";
import { listOlderCommits } from "./older-commits.ts";

const idBytes = 20;

/**
 * Which commits were looked at already, and which of them may matter to the policy set. Kept under MIRROR_HOME so
 * that a restart does not walk the whole history again; deleting it costs only that walk.
 * Nothing older than the genesis is ever looked at.
 */
export class WalkedCommits {
  readonly #repository: Repository;
  readonly #reader: ObjectReader;
  readonly #walk: PolicyWalk;
  readonly #seenFile: string;
  readonly #candidatesFile: string;
  readonly #genesis: string;
  #seen: Set<string> | null = null;

  constructor(options: {
    repository: Repository;
    reader: ObjectReader;
    walk: PolicyWalk;
    caches: string;
    genesis: string;
  }) {
    this.#repository = options.repository;
    this.#reader = options.reader;
    this.#walk = options.walk;
    this.#genesis = options.genesis;
    this.#seenFile = join(options.caches, "seen-commits");
    this.#candidatesFile = join(options.caches, "candidate-commits");
  }

  /**
   * Feeds the walk every commit that can be reached from `tips` and was not looked at before. Gives the ids of
   * objects that should be there and are not.
   *
   * Throws `shallow` or `missing-object` if something is missing and no tip leads back to anything known (TRUST T2).
   */
  async follow(tips: readonly string[]): Promise<string[]> {
    const seen = this.#seen ?? (await this.#load());
    this.#seen = seen;
    const found: string[] = [];
    const candidates: string[] = [];
    const missing: string[] = [];
    let reachesKnown = false;
    const isKnown = (id: string): boolean => {
      const known = seen.has(id);
      reachesKnown ||= known;
      return known;
    };
    for await (const reached of listNewCommits(this.#reader, tips, isKnown, this.#repository)) {
      if (reached.missing !== null) {
        missing.push(reached.missing);
        continue;
      }
      found.push(reached.id);
      if (this.#walk.add(reached.id, reached.raw)) candidates.push(reached.id);
    }
    if (missing.length > 0 && !reachesKnown) throw this.#cutOff(missing);
    for (const id of found) seen.add(id);
    // What lies behind a missing object was not looked at: then the next walk starts anew from the tips.
    if (missing.length > 0) this.#forget();
    else this.#remember(found, candidates);
    return missing;
  }

  #cutOff(missing: readonly string[]): MirrorError {
    const shallow = isShallow(this.#repository);
    const cause = `commit ${missing[0]} is missing${shallow ? ", this clone is shallow" : ""}`;
    return new MirrorError(
      shallow ? "shallow" : "missing-object",
      `no branch leads back to the genesis ${this.#genesis}: ${cause}`,
      {
        data: { missing },
        hint: shallow ? "run `git fetch --unshallow`" : "run `git fsck`, then fetch what is missing",
      },
    );
  }

  async #load(): Promise<Set<string>> {
    const seen = readIds(this.#seenFile);
    const candidates = readIds(this.#candidatesFile);
    if (seen === null || candidates === null) {
      const ancestors = await listOlderCommits(this.#repository, this.#reader, this.#genesis);
      this.#forget();
      this.#remember(ancestors, []);
      return new Set(ancestors);
    }
    for (const id of candidates) this.#walk.add(id, (await this.#reader.read(id)).data);
    return new Set(seen);
  }

  #remember(seen: readonly string[], candidates: readonly string[]): void {
    // Candidates first: a commit that counts as seen must not lack its place among them.
    appendFileSync(this.#candidatesFile, encodeIds(candidates), { mode: 0o600 });
    appendFileSync(this.#seenFile, encodeIds(seen), { mode: 0o600 });
  }

  #forget(): void {
    this.#seen = null;
    rmSync(this.#seenFile, { force: true });
    writeFileSync(this.#candidatesFile, "", { mode: 0o600 });
  }
}

function encodeIds(ids: readonly string[]): Buffer {
  return Buffer.from(ids.join(""), "hex");
}

/** Gives the ids of a file; null if it is not there or was torn. */
function readIds(file: string): string[] | null {
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  if (bytes.length % idBytes !== 0) return null;
  const text = bytes.toString("hex");
  return Array.from({ length: bytes.length / idBytes }, (_, index) =>
    text.slice(index * 2 * idBytes, (index + 1) * 2 * idBytes),
  );
}
