import { constants, lstatSync, opendirSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sha256 } from "../base/digest.ts";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { shorten } from "../base/escape.ts";
import { dialect } from "../clients/dialect.ts";
import type { Dialect, TranscriptFormat } from "../clients/hook-dialect.ts";
import type { ReadTranscripts, TranscriptReading } from "../gate/ports.ts";
import { isUnder } from "../model/places.ts";
import { grown, type ReportedMessage } from "../model/reported-use.ts";
import { type LinePlace, linesFrom } from "./file-lines.ts";
import { thisMachine } from "./machine.ts";

/** What one look reads at most: bytes, messages that are news, milliseconds. What is left the next one reads. */
const mostBytes = 67_108_864;
const mostMessages = 1_000;
const longestLook = 500;

/** Files that are remembered; of the oldest it is forgotten how far they were read, which costs reading them again. */
const mostFiles = 10_000;

/** Entries below a directory of transcripts that are looked at, and how deep. Each is told of by its own events, too. */
const mostEntries = 2_000;
const deepest = 3;

/** The longest path that the systems we run on take. */
const longestPath = 4_096;

/** Bytes before the place up to which a file was read that must still be there: else it is another text. */
const overlap = 1_024;

/** How far a file was read, and what it was then. */
interface Known extends LinePlace {
  readonly stand: string;
  /** Whether all of it was read that had an end. */
  readonly isDone: boolean;
  /** Digest of what stands before that place. */
  readonly before: string;
}

/**
 * Reads transcripts of clients, each agent's from where the last look ended. How far that was is known to this process alone:
 * another reads them again from the beginning, and what was counted is told from the receipts.
 */
export class Transcripts {
  readonly #directories: (speak: Dialect) => readonly string[];
  readonly #known = new Map<string, Known>();

  /** `directories`: where a client may keep what is the person's, as of now. */
  constructor(directories: (speak: Dialect) => readonly string[]) {
    this.#directories = directories;
  }

  /** See `GateParts.readTranscripts`. Throws `usage-unreadable`. */
  readonly read: ReadTranscripts = async ({ agent, client, transcripts }, isNews) => {
    const speak = dialect(client);
    const look = new Look(isNews);
    const { files, directory } = transcripts;
    if (files.length === 0)
      throw new MirrorError("usage-unreadable", "the client does not say where its transcript is", {
        hint: "take `usage: transcript` out of the agent's binding, or use a client that does",
      });
    const below =
      directory === null || this.#placeOf(directory, speak) === null
        ? []
        : filesBelow(directory, deepest, { left: mostEntries });
    let isComplete = true;
    for (const path of new Set([...files, ...below]))
      isComplete = !look.isFull() && (await this.#readFile(agent, path, speak, look)) && isComplete;
    return { ...look.found(), isComplete };
  };

  /** Lets the next look begin anew: what the last one found was not counted. */
  forget(agent: string): void {
    for (const key of this.#known.keys()) if (key.startsWith(`${agent}\n`)) this.#known.delete(key);
  }

  /** Gives whether all of it was read. */
  async #readFile(agent: string, path: string, speak: Dialect, look: Look): Promise<boolean> {
    const key = `${agent}\n${path}`;
    const known = this.#known.get(key);
    const found = plainStat(path);
    if (found !== null && known?.isDone === true && known.stand === standOf(found)) return true;
    const place = this.#mustBePlace(path, speak);
    // Not written yet, or gone: what was counted stays counted.
    if (found === null) return true;
    if (!found.isFile()) throw refused(path, "is no plain file");
    const file = await openPlain(path, join(place, basename(path)));
    if (file === null) return true;
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw refused(path, "is no plain file");
      const from = known !== undefined && (await standsAt(file, known)) ? known : { at: 0, isRest: false };
      const to = await look.take(linesFrom(file, from), from, speak.transcripts);
      this.#keep(key, { ...to, stand: standOf(stat), before: await before(file, to.at) });
      return to.isDone;
    } finally {
      await file.close();
    }
  }

  /** Gives the real directory of a transcript, which must be where the client keeps them: the path is only said to be one. */
  #mustBePlace(path: string, speak: Dialect): string {
    const place = this.#placeOf(dirname(path), speak);
    if (place !== null) return place;
    throw refused(path, `is not below ${this.#roots(speak).join(" or ")}`);
  }

  /** Gives a directory's real path, if that is where the client keeps transcripts; else null. */
  #placeOf(directory: string, speak: Dialect): string | null {
    const place = thisMachine.realPath(directory);
    const isThere = (root: string): boolean =>
      place !== null && isUnder(place, thisMachine.realPath(root) ?? root);
    if (place !== null && this.#roots(speak).some(isThere)) return place;
    return null;
  }

  #roots(speak: Dialect): string[] {
    return this.#directories(speak).map((directory) => join(directory, speak.transcripts.directory));
  }

  #keep(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostFiles && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** What one look at an agent's transcripts finds. */
class Look {
  readonly #isNews: (message: ReportedMessage) => boolean;
  readonly #messages = new Map<string, ReportedMessage>();
  readonly #until = performance.now() + longestLook;
  #skipped = 0;
  #bytes = 0;

  constructor(isNews: (message: ReportedMessage) => boolean) {
    this.#isNews = isNews;
  }

  isFull(): boolean {
    return this.#bytes >= mostBytes || this.#messages.size >= mostMessages || performance.now() > this.#until;
  }

  /** Takes lines until there are none, or it is full; gives how far that is. */
  async take(
    lines: ReturnType<typeof linesFrom>,
    from: LinePlace,
    format: TranscriptFormat,
  ): Promise<LinePlace & { readonly isDone: boolean }> {
    let place = from;
    for await (const { lines: some, size, end } of lines) {
      for (const { text, ...next } of some) {
        const tooLong = next.isRest ? null : "garbage";
        const said = text === null ? tooLong : format.readLine(text);
        if (said === "garbage") this.#skipped += 1;
        else if (said !== null) this.#add(said);
        if (this.isFull()) return { ...next, isDone: false };
      }
      place = end;
      this.#bytes += size;
      if (this.isFull()) return { ...place, isDone: false };
    }
    return { ...place, isDone: true };
  }

  #add(message: ReportedMessage): void {
    if (!this.#isNews(message)) return;
    const earlier = this.#messages.get(message.id) ?? message;
    this.#messages.set(message.id, {
      ...message,
      tokens: grown(earlier.tokens, message.tokens) ?? earlier.tokens,
    });
  }

  found(): Pick<TranscriptReading, "messages" | "skipped"> {
    return { messages: [...this.#messages.values()], skipped: this.#skipped };
  }
}

/** A file that has this is as it was. */
function standOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs}`;
}

/** Gives what stands at a path, a link for itself; null for nothing. */
function plainStat(path: string): Stats | null {
  if (!path.startsWith("/") || path.includes("\0") || path.length > longestPath)
    throw refused(path, "is no absolute path");
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Opens a file without following a link, and without waiting for whoever writes a pipe; null where it has just gone. */
async function openPlain(path: string, real: string): Promise<FileHandle | null> {
  try {
    return await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw unreadable(path, error);
  }
}

/** Whether what was read of a file is still there, so that only what follows is new. */
async function standsAt(file: FileHandle, known: Known): Promise<boolean> {
  return known.before === (await before(file, known.at));
}

async function before(file: FileHandle, at: number): Promise<string> {
  const length = Math.min(at, overlap);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at - length);
  return sha256(buffer.subarray(0, bytesRead));
}

/** Gives the plain files below a directory that are named as transcripts are; links are not followed. */
function filesBelow(path: string, depth: number, entries: { left: number }): string[] {
  const found: string[] = [];
  try {
    const directory = opendirSync(path);
    try {
      for (; entries.left > 0; entries.left -= 1) {
        const entry = directory.readSync();
        if (entry === null) break;
        const at = join(path, entry.name);
        if (entry.isFile() && entry.name.endsWith(".jsonl")) found.push(at);
        if (entry.isDirectory() && depth > 1) found.push(...filesBelow(at, depth - 1, entries));
      }
    } finally {
      directory.closeSync();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw unreadable(path, error);
  }
  return found;
}

function refused(path: string, what: string): MirrorError {
  return new MirrorError(
    "usage-unreadable",
    `the transcript \`${shorten(path, 300)}\` ${what}, so nobody can tell what the agent's model calls took`,
    {
      hint: "its binding says `usage: transcript`; where the client's directory is moved, run `mirror agent add` again there (docs/bus.md)",
    },
  );
}

function unreadable(path: string, cause: unknown): MirrorError {
  const code = systemErrorCode(cause);
  if (code === null) throw cause;
  const what = `the transcript \`${shorten(path, 300)}\` cannot be read (${code})`;
  return new MirrorError("usage-unreadable", what, { cause });
}
