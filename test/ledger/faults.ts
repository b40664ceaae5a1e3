import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { JournalFile } from "../../src/ledger/journal-files.ts";
import type { LedgerOutside } from "../../src/ledger/open-parts.ts";
import type { LedgerWorld } from "./ledger-world.ts";

/** An error as Node throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The process is gone: it does nothing any more. */
export class Crash extends Error {}

/** Everything a ledger does to the outside, counted; at step `at` the process dies, in the middle of that step. */
export class CrashPoint {
  readonly at: number;
  step = 0;
  readonly #opened: JournalFile[] = [];

  constructor(at: number) {
    this.at = at;
  }

  get dead(): boolean {
    return this.step >= this.at;
  }

  /** Wraps a step; `half` is what a crash in its middle leaves behind. */
  async #do<T>(
    whole: () => Promise<T> | T,
    half: () => Promise<unknown> | unknown = () => undefined,
  ): Promise<T> {
    if (this.dead) throw new Crash();
    this.step += 1;
    if (this.dead) {
      await half();
      throw new Crash();
    }
    return await whole();
  }

  /** Gives the outside as a process sees it that is going to die. Each step dies before or, `after`, right after its work. */
  wrap(outside: LedgerOutside, after: boolean): LedgerOutside {
    const { files, store } = outside;
    const step = <T>(whole: () => Promise<T>): Promise<T> => this.#do(whole, after ? whole : undefined);
    const wrapFile = (file: JournalFile): JournalFile => ({
      write: (bytes, at) =>
        this.#do(
          () => file.write(bytes, at),
          () => file.write(after ? bytes : bytes.subarray(0, bytes.length / 2), at),
        ),
      sync: () => step(() => file.sync()),
      truncate: (length) => step(() => file.truncate(length)),
      isInPlace: () => file.isInPlace(),
      close: () => file.close(),
    });
    return {
      files: {
        ...files,
        create: (name) =>
          step(async () => {
            const file = await files.create(name);
            this.#opened.push(file);
            return wrapFile(file);
          }),
        truncate: (name, length) => step(() => files.truncate(name, length)),
        remove: (name) => step(() => files.remove(name)),
      },
      store: {
        ...store,
        writeObjects: (objects) => step(() => store.writeObjects(objects)),
        moveRef: (to, from) => step(() => store.moveRef(to, from)),
        mergePacks: () => Promise.resolve(),
      },
    };
  }

  /** What the system does for a process that is gone. */
  async closeFiles(): Promise<void> {
    for (const file of this.#opened) await file.close();
  }

  /** The same for saving the pin. */
  pin(advance: () => void, after: boolean): void {
    if (this.dead) throw new Crash();
    this.step += 1;
    if (!this.dead) advance();
    else {
      if (after) advance();
      throw new Crash();
    }
  }
}

/** What the death of the process means for its lock. */
export function forgetLock(world: LedgerWorld): void {
  const lock = join(world.directory, "writer");
  if (existsSync(lock)) rmSync(lock, { recursive: true });
}
