import { basename } from "node:path/posix";
import type { World } from "./world.ts";

/** A file whose text an analysis went by. */
export interface LookedInto {
  /** Absolute and lexically normalised. */
  readonly path: string;
  /** Null where nothing could be read: had there been a file, the analysis would have gone by it. */
  readonly text: string | null;
  /** Bytes past which it is not read. */
  readonly limit: number;
}

/** A world that keeps account of the files whose text is asked for: no place that reads one can be forgotten. */
export class WatchedWorld implements World {
  readonly #world: World;
  readonly #files = new Map<string, LookedInto>();

  constructor(world: World) {
    this.#world = world;
  }

  /** What was looked into so far, each file once. */
  get lookedInto(): LookedInto[] {
    return [...this.#files.values()];
  }

  readText(path: string, limit: number): string | null {
    const text = this.#world.readText(path, limit);
    // What a search leaves out is no code that runs, and a large search asks in every directory.
    if (basename(path) !== ".gitignore") this.#files.set(path, { path, text, limit });
    return text;
  }

  realPath(path: string): string | null {
    return this.#world.realPath(path);
  }

  list(directory: string): ReturnType<World["list"]> {
    return this.#world.list(directory);
  }
}
