import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { type BatchReply, BatchStream } from "./batch-stream.ts";
import { firstLine, spawnGit } from "./launch.ts";
import type { Repository } from "./repository.ts";
import { holdProcess } from "./resident.ts";

/** What a request came to: git's answer, or that git dies over this object, with its words. */
export type CatFileReply =
  | BatchReply
  | { readonly kind: "deadly"; readonly id: string; readonly said: string };

interface Waiting {
  readonly id: string;
  readonly resolve: (reply: CatFileReply) => void;
  readonly reject: (error: unknown) => void;
  /** How often git died while this was the next to be answered. */
  deaths: number;
}

/** An object over which git ends by itself this often is given up; git killed from outside gets one chance more. */
const deathsByItself = 2;
const deathsInAll = 3;
/** So many deaths without an answer between them mean that the repository, not an object, is at fault. */
const silentDeaths = 8;

/**
 * How git is asked. `--batch` writes every object out by itself; with `--buffer` it fills its pipe, which is several
 * times as fast, and from 2.36 on `--batch-command` can be told when to write out what is left.
 */
interface Dialect {
  readonly options: readonly string[];
  readonly ask: (ids: readonly string[]) => string;
}

const buffered: Dialect = {
  options: ["--batch-command", "--buffer"],
  ask: (ids) => `${ids.map((id) => `contents ${id}\n`).join("")}flush\n`,
};
const unbuffered: Dialect = { options: ["--batch"], ask: (ids) => `${ids.join("\n")}\n` };

/** What git says before 2.36 of the option it does not know. */
const unknownOption = /unknown option .batch-command/;

/** A resident `git cat-file`: started at the first request, started again if it dies. */
export class CatFile {
  readonly #repo: Pick<Repository, "git" | "commonDir">;
  /** Asked and not yet answered, in the order git answers; those before `#next` are done. */
  #waiting: Waiting[] = [];
  #next = 0;
  /** Ids that git has yet to be sent. */
  #unsent: string[] = [];
  #dialect = buffered;
  #child: ChildProcessWithoutNullStreams | null = null;
  #deaths = 0;
  #closed = false;

  constructor(repo: Pick<Repository, "git" | "commonDir">) {
    this.#repo = repo;
  }

  /** Asks for an object (40 hex digits). Rejects with `git-failed`. */
  request(id: string): Promise<CatFileReply> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject, deaths: 0 });
      this.#unsent.push(id);
      // What is asked before the event loop turns again is written in one go: a write costs as much as the answer.
      if (this.#unsent.length === 1) setImmediate(() => this.#flush());
    });
  }

  /** Ends git; what is under way rejects. */
  close(): void {
    this.#closed = true;
    this.#dropChild();
    this.#rejectAll(closed());
  }

  #flush(): void {
    if (this.#unsent.length === 0) return;
    this.#child ??= this.#start();
    holdProcess(this.#child, true);
    this.#child.stdin.write(this.#dialect.ask(this.#unsent));
    this.#unsent = [];
  }

  #start(): ChildProcessWithoutNullStreams {
    const { git, commonDir } = this.#repo;
    const child = spawnGit(git, ["--git-dir", commonDir, "cat-file", ...this.#dialect.options], {});
    const stream = new BatchStream(limits.gitObject);
    let said = "";
    child.stdout.on("data", (piece: Buffer) => {
      if (child === this.#child) this.#take(stream, piece);
    });
    child.stderr.on("data", (piece: Buffer) => {
      said = (said + piece.toString("utf8")).slice(-4096);
    });
    // A dying git breaks the pipe; `close` tells what happened.
    child.stdin.on("error", (error) => {
      if (systemErrorCode(error) !== "EPIPE") child.kill();
    });
    child.on("error", (cause) => {
      if (child !== this.#child) return;
      this.#child = null;
      this.#rejectAll(new MirrorError("git-failed", `cannot start \`${git.path}\``, { cause }));
    });
    child.on("close", (_code, signal) => {
      if (child === this.#child) this.#died(signal, said);
    });
    return child;
  }

  #take(stream: BatchStream, piece: Buffer): void {
    let replies: BatchReply[];
    try {
      replies = stream.push(piece);
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      this.#dropChild();
      this.#rejectAll(error);
      return;
    }
    for (const reply of replies) {
      const asked = this.#shift();
      if (asked?.id !== reply.id) {
        this.#dropChild();
        const error = new MirrorError(
          "git-failed",
          `git answered for \`${reply.id}\`, asked for \`${asked?.id}\``,
        );
        asked?.reject(error);
        this.#rejectAll(error);
        return;
      }
      this.#deaths = 0;
      asked.resolve(reply);
      // Rather than read the bytes of a huge object to throw them away, start again behind it.
      if (reply.kind === "too-large") {
        this.#dropChild();
        this.#restart();
      }
    }
    if (this.#child !== null && this.#next === this.#waiting.length) holdProcess(this.#child, false);
  }

  #died(signal: string | null, said: string): void {
    this.#child = null;
    if (this.#dialect === buffered && unknownOption.test(said)) {
      this.#dialect = unbuffered;
      this.#restart();
      return;
    }
    this.#deaths += 1;
    const blamed = this.#waiting[this.#next];
    if (blamed === undefined) return;
    blamed.deaths += 1;
    if (this.#deaths >= silentDeaths) {
      this.#rejectAll(new MirrorError("git-failed", `git cat-file keeps ending: ${firstLine(said)}`));
      return;
    }
    if (signal === null && blamed.deaths >= deathsByItself) {
      this.#shift();
      blamed.resolve({ kind: "deadly", id: blamed.id, said });
    } else if (blamed.deaths >= deathsInAll) {
      this.#shift();
      blamed.reject(
        new MirrorError("git-failed", `git cat-file was killed ${blamed.deaths} times (${signal})`),
      );
    }
    this.#restart();
  }

  #restart(): void {
    this.#unsent = this.#waiting.slice(this.#next).map((each) => each.id);
    this.#flush();
  }

  #shift(): Waiting | undefined {
    const first = this.#waiting[this.#next];
    if (first === undefined) return undefined;
    this.#next += 1;
    // Array.shift moves the whole array each time; cutting now and then does not.
    if (this.#next > 1024 && this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return first;
  }

  #rejectAll(error: unknown): void {
    const rest = this.#waiting.slice(this.#next);
    this.#waiting = [];
    this.#next = 0;
    this.#unsent = [];
    for (const each of rest) each.reject(error);
  }

  #dropChild(): void {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    child.kill();
    holdProcess(child, false);
  }
}

function closed(): MirrorError {
  return new MirrorError("git-failed", "the object reader was closed");
}
