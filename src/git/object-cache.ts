import type { GitObject } from "../model/git.ts";

/** The verified objects that were read last, within a number of bytes. */
export class ObjectCache {
  readonly #capacity: number;
  readonly #objects = new Map<string, GitObject>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(id: string): GitObject | null {
    const object = this.#objects.get(id);
    if (object === undefined) return null;
    // A Map keeps the order of insertion: the one just used goes to the end.
    this.#objects.delete(id);
    this.#objects.set(id, object);
    return object;
  }

  /** Keeps an object, and lets the least used go; one larger than an eighth of the room is not kept. */
  put(id: string, object: GitObject): void {
    if (object.data.length > this.#capacity / 8 || this.#objects.has(id)) return;
    this.#objects.set(id, object);
    this.#size += cost(object);
    for (const [oldId, old] of this.#objects) {
      if (this.#size <= this.#capacity) break;
      this.#objects.delete(oldId);
      this.#size -= cost(old);
    }
  }
}

/** What one object takes in memory beside its bytes, about. */
function cost(object: GitObject): number {
  return object.data.length + 400;
}
