import {
  closeSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemErrorCode } from "../base/errors.ts";
import { synchronise } from "../git/synchronise.ts";

/** What the journal asks of a directory. Tests give one that fails where they say. Methods reject with system errors. */
export interface JournalFiles {
  /** Names of the segments, sorted; none where there is no directory. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Buffer>;
  /** Makes a segment that was not there; its name is durable when this resolves. */
  create(name: string): Promise<JournalFile>;
  /** Cuts a segment, durably. */
  truncate(name: string, length: number): Promise<void>;
  remove(name: string): Promise<void>;
}

/** A segment that is written. */
export interface JournalFile {
  /** Writes all the bytes at a position, or rejects; some of them may then be there. Zeros may stand behind them. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes what was written durable. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Whether it still stands under its name: what is written to a file elsewhere, nobody finds again. */
  isInPlace(): boolean;
  /** Cuts off the zeros; where that does not last, they are there again. */
  close(): Promise<void>;
}

const extension = ".journal";

/**
 * A segment grows by so many bytes at once, with zeros behind what is written: to make durable what lies in blocks that a
 * file has already takes half as long, since the file system has nothing of its own to write.
 */
const growth = 131_072;

// On the way of a call only what waits for the disk goes to another thread: going there takes longer than all the rest.
const [syncData, syncAll] = [promisify(fdatasync), promisify(fsync)];

/** Opens the files of a journal directory; it is made with the first segment. */
export function journalFiles(directory: string): JournalFiles {
  return {
    async list() {
      try {
        return (await readdir(directory)).filter((name) => name.endsWith(extension)).sort();
      } catch (error) {
        if (systemErrorCode(error) === "ENOENT") return [];
        throw error;
      }
    },
    read: (name) => readFile(join(directory, name)),
    async create(name) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const descriptor = openSync(join(directory, name), "wx", 0o600);
      try {
        await synchronise(directory);
      } catch (error) {
        closeSync(descriptor);
        rmSync(join(directory, name), { force: true });
        throw error;
      }
      return journalFile(descriptor, join(directory, name));
    },
    async truncate(name, length) {
      const handle = await open(join(directory, name), "r+");
      try {
        await handle.truncate(length);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    remove: (name) => rm(join(directory, name), { force: true }),
  };
}

function journalFile(descriptor: number, path: string): JournalFile {
  let isOpen = true;
  let length = 0;
  let grown = 0;
  return {
    async write(bytes, position) {
      length = position + bytes.length;
      const zeros = length <= grown ? 0 : growth - (length % growth);
      grown = Math.max(grown, length + zeros);
      const all = zeros === 0 ? bytes : Buffer.concat([bytes], bytes.length + zeros);
      // A nearly full disk takes less than it was given, without an error.
      for (let at = 0; at < all.length; ) {
        at += writeSync(descriptor, all, at, all.length - at, position + at);
      }
    },
    sync: () => syncData(descriptor),
    async truncate(to) {
      ftruncateSync(descriptor, to);
      [length, grown] = [to, to];
      await syncAll(descriptor);
    },
    isInPlace() {
      const [open, named] = [fstatSync(descriptor), statSync(path, { throwIfNoEntry: false })];
      return named !== undefined && named.dev === open.dev && named.ino === open.ino;
    },
    // A second time it would close whatever has got the same number since.
    async close() {
      if (!isOpen) return;
      isOpen = false;
      ftruncateSync(descriptor, length);
      closeSync(descriptor);
    },
  };
}
