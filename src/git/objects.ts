import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gitObjectId } from "../base/digest.ts";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { GitObject } from "../model/git.ts";
import { CatFile, type CatFileReply } from "./cat-file.ts";
import { firstLine } from "./launch.ts";
import { ObjectCache } from "./object-cache.ts";
import type { Repository } from "./repository.ts";

/** Reads git objects and believes none that does not hash to its name (TRUST T1). */
export interface ObjectReader {
  /**
   * Gives an object whose bytes were hashed against `id`. The bytes are shared with a cache: never change them.
   *
   * Rejects with `missing-object` (`shallow` where the repository is a shallow clone), `corrupt-object` (other
   * bytes stand under this name, or they cannot be unpacked), `too-large`, or `git-failed`.
   */
  read(id: string): Promise<GitObject>;
  /** Ends git; reads that are under way reject. */
  close(): void;
}

/** Reads many objects at once, in the order of `ids`. Rejects with the first failure. */
export function readMany(reader: ObjectReader, ids: readonly string[]): Promise<GitObject[]> {
  return Promise.all(ids.map((id) => reader.read(id)));
}

/** Opens a reader over a resident `git cat-file --batch`. Git starts with the first read, and again if it dies. */
export function openObjectReader(repo: Pick<Repository, "git" | "commonDir">): ObjectReader {
  return new VerifyingReader(repo);
}

/** Tells whether the repository is a shallow clone: its history is cut off somewhere. */
export function isShallow(repo: Pick<Repository, "commonDir">): boolean {
  try {
    return readFileSync(join(repo.commonDir, "shallow")).length > 0;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

const cacheBytes = 8_388_608;

class VerifyingReader implements ObjectReader {
  readonly #repo: Pick<Repository, "git" | "commonDir">;
  readonly #catFile: CatFile;
  readonly #cache = new ObjectCache(cacheBytes);
  readonly #underWay = new Map<string, Promise<GitObject>>();

  constructor(repo: Pick<Repository, "git" | "commonDir">) {
    this.#repo = repo;
    this.#catFile = new CatFile(repo);
  }

  read(id: string): Promise<GitObject> {
    const known = this.#cache.get(id);
    if (known !== null) return Promise.resolve(known);
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) return underWay;
    const promise = this.#fetch(id).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, promise);
    return promise;
  }

  close(): void {
    this.#catFile.close();
  }

  async #fetch(id: string): Promise<GitObject> {
    if (!/^[0-9a-f]{40}$/.test(id)) {
      throw new MirrorError("missing-object", `\`${id}\` is no object id`, { data: { id } });
    }
    const object = this.#believe(id, await this.#catFile.request(id));
    this.#cache.put(id, object);
    return object;
  }

  // INVARIANT: the only way from git's output to a GitObject; the bytes hash to the id that was asked for.
  #believe(id: string, reply: CatFileReply): GitObject {
    if (reply.kind === "missing") throw this.#absent(id);
    if (reply.kind === "deadly") throw unreadable(id, reply.said);
    if (reply.kind === "too-large") {
      throw new MirrorError(
        "too-large",
        `object \`${id}\` has ${reply.size} bytes, expected at most ${limits.gitObject}`,
        { data: { id, size: reply.size } },
      );
    }
    const { type, data } = reply;
    if (type !== "commit" && type !== "tree" && type !== "blob" && type !== "tag") {
      throw new MirrorError("corrupt-object", `object \`${id}\` is of unknown type \`${type}\``, {
        data: { id },
      });
    }
    const found = gitObjectId(type, data);
    if (found !== id) {
      throw new MirrorError("corrupt-object", `the bytes stored as \`${id}\` hash to \`${found}\``, {
        data: { id, found },
        hint: "the object was changed in place: fetch it again from a repository you trust",
      });
    }
    return { type, data };
  }

  #absent(id: string): MirrorError {
    // Git calls an object missing, too, when it cannot unpack the file that holds it.
    if (existsSync(join(this.#repo.commonDir, "objects", id.slice(0, 2), id.slice(2)))) {
      return unreadable(id, "its file cannot be unpacked");
    }
    if (isShallow(this.#repo)) {
      return new MirrorError("shallow", `object \`${id}\` is missing: this is a shallow clone`, {
        data: { id },
        hint: "run `git fetch --unshallow`",
      });
    }
    return missing(id);
  }
}

function unreadable(id: string, said: string): MirrorError {
  // In a partial clone git ends over an object it may not fetch.
  if (/promisor|could not fetch|lazy/i.test(said)) return missing(id);
  return new MirrorError("corrupt-object", `object \`${id}\` cannot be read: ${firstLine(said)}`, {
    data: { id },
    hint: "run `git fsck`, and fetch the object again from a repository you trust",
  });
}

function missing(id: string): MirrorError {
  return new MirrorError("missing-object", `object \`${id}\` is missing`, {
    data: { id },
    hint: "fetch it: mirror itself never does",
  });
}
