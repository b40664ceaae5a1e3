import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { encodeFrame, encodeRecord, type JournalRecord, readSegment } from "./frame.ts";
import type { JournalFile, JournalFiles } from "./journal-files.ts";

interface Segment {
  readonly name: string;
  readonly file: JournalFile;
  /** Bytes of whole, durable frames. */
  good: number;
  /** True while bytes may stand behind them that are no durable frame. */
  dirty: boolean;
}

/** A segment that has grown past this is closed and the next one begun. */
const longestSegment = 8_388_608;

/**
 * The receipts that answers were given on and that git does not hold yet: segments, each named by the sequence
 * number of its first record. `begin`, `write` and `seal` take turns: the caller sees to it that one ends before the next.
 */
export class Journal {
  readonly #files: JournalFiles;
  #closed: readonly string[];
  #current: Segment | null = null;

  private constructor(files: JournalFiles, closed: readonly string[]) {
    this.#files = files;
    this.#closed = closed;
  }

  /**
   * Opens a journal as a crash may have left it: a last frame that was never whole is cut off; nobody was answered
   * on it. Throws `ledger-corrupt` for damage anywhere else, `ledger-unwritable`.
   */
  static async open(files: JournalFiles): Promise<Journal> {
    return await orUnwritable(async () => {
      const names = await files.list();
      const kept: string[] = [];
      for (const [index, name] of names.entries()) {
        const bytes = await files.read(name);
        const { good, end } = readSegment(bytes);
        // A new segment is begun only behind whole ones: only the very last can be torn.
        if (end === "damaged" || (end === "torn" && index < names.length - 1)) throw damaged(name, good);
        if (end === "torn" && good > 0) await files.truncate(name, good);
        if (good === 0) await files.remove(name);
        else kept.push(name);
      }
      return new Journal(files, kept);
    });
  }

  /** Segments that nothing is written to any more, the oldest first. */
  get segments(): readonly string[] {
    return this.#closed;
  }

  /**
   * Appends records as one frame; they are durable when this resolves. Throws `ledger-unwritable`: then none of
   * them is in the journal, unless cutting it back failed, too; the next call cuts it back first.
   */
  async write(records: readonly JournalRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    await orUnwritable(async () => {
      await this.#leaveMisplaced();
      this.#current ??= await this.#create(first.seq);
      const segment = this.#current;
      await cutBack(segment);
      const frame = encodeFrame(records.map(encodeRecord));
      segment.dirty = true;
      try {
        await segment.file.write(frame, segment.good);
        await segment.file.sync();
      } catch (error) {
        await cutBackIfPossible(segment);
        throw error;
      }
      segment.good += frame.length;
      segment.dirty = false;
      if (segment.good > longestSegment) await this.seal();
    });
  }

  /** Begins the segment that the record of this number will be the first of, before anybody waits for it. */
  async begin(seq: number): Promise<void> {
    await orUnwritable(async () => {
      this.#current ??= await this.#create(seq);
    });
  }

  /** Closes the segment that is written to, so that every record there is stands in `segments`. */
  async seal(): Promise<void> {
    const segment = this.#current;
    if (segment === null) return;
    await orUnwritable(async () => {
      await cutBack(segment);
      if (segment.good === 0) return;
      this.#current = null;
      this.#closed = [...this.#closed, segment.name];
      await segment.file.close();
    });
  }

  /** Reads the records of a closed segment. Throws `ledger-corrupt`. */
  async read(name: string): Promise<readonly JournalRecord[]> {
    return await orUnwritable(async () => {
      const { records, good, end } = readSegment(await this.#files.read(name));
      if (end !== "whole") throw damaged(name, good);
      return records;
    });
  }

  /** Removes a closed segment whose records git holds. */
  async remove(name: string): Promise<void> {
    await orUnwritable(() => this.#files.remove(name));
    this.#closed = this.#closed.filter((other) => other !== name);
  }

  async close(): Promise<void> {
    const segment = this.#current;
    if (segment === null) return;
    this.#current = null;
    await segment.file.close();
    if (segment.good === 0) await this.#files.remove(segment.name);
  }

  /** A segment that was begun may lie there for long before anything is written to it, and somebody may tidy it away. */
  async #leaveMisplaced(): Promise<void> {
    const segment = this.#current;
    if (segment === null || segment.good > 0 || segment.file.isInPlace()) return;
    this.#current = null;
    await segment.file.close();
  }

  async #create(seq: number): Promise<Segment> {
    const name = `${String(seq).padStart(10, "0")}.journal`;
    const file = await this.#files.create(name).catch(async (error: unknown) => {
      if (systemErrorCode(error) !== "EEXIST") throw error;
      // A copy of one that was begun, put back by somebody, holds nothing; anything else is not ours to write over.
      if (!(await this.#files.read(name)).every((byte) => byte === 0)) throw damaged(name, 0);
      await this.#files.remove(name);
      return await this.#files.create(name);
    });
    return { name, file, good: 0, dirty: false };
  }
}

async function cutBack(segment: Segment): Promise<void> {
  if (!segment.dirty) return;
  await segment.file.truncate(segment.good);
  segment.dirty = false;
}

async function cutBackIfPossible(segment: Segment): Promise<void> {
  try {
    await cutBack(segment);
  } catch (error) {
    // It stays dirty: the next write begins with this. The caller hears of the failure that came first.
    if (systemErrorCode(error) === null) throw error;
  }
}

async function orUnwritable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unwritable(error);
  }
}

/** Makes `ledger-unwritable` of a system error; anything else stays what it is. */
export function unwritable(error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === null || error instanceof MirrorError) return error;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new MirrorError("ledger-unwritable", `the ledger cannot be written: ${code}`, {
    cause: error,
    data: { system: code },
    hint: full ? "make room on the disk" : "make MIRROR_HOME and the repository writable",
  });
}

function damaged(name: string, at: number): MirrorError {
  return new MirrorError("ledger-corrupt", `the journal's segment \`${name}\` is damaged at byte ${at}`, {
    data: { segment: name, at },
    hint: "run `mirror repair`",
  });
}
