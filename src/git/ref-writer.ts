import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { gitFailure, spawnGit } from "./launch.ts";
import { readRef } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { holdProcess } from "./resident.ts";
import { checkChange, isPlain, moveFailure, type RefChange } from "./update-refs.ts";

/** Moves refs one after the other through a resident git. */
export interface RefWriter {
  /** Moves one ref by compare-and-swap, as `updateRefs` does and with the same errors. */
  move(ref: string, to: string, from: string | null): Promise<void>;
  /** Ends git; a move that is under way is still done. */
  close(): void;
}

/** Opens a writer over a resident `git update-ref --stdin`. Git starts with the first move, and again if it dies. */
export function openRefWriter(repo: Pick<Repository, "git" | "commonDir">): RefWriter {
  return new UpdateRef(repo);
}

/** This writer moves refs and takes none away. */
type RefMove = RefChange & { readonly to: string };

type Outcome =
  | { readonly done: true }
  | { readonly done: false; readonly code: number; readonly signal: string | null; readonly stderr: string };

/** Git killed from outside is started again this often for one move. */
const attempts = 3;

class UpdateRef implements RefWriter {
  readonly #repo: Pick<Repository, "git" | "commonDir">;
  #child: ChildProcessWithoutNullStreams | null = null;
  /** Told what came of the transaction under way. */
  #settle: ((outcome: Outcome) => void) | null = null;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(repo: Pick<Repository, "git" | "commonDir">) {
    this.#repo = repo;
  }

  move(ref: string, to: string, from: string | null): Promise<void> {
    if (this.#closed) return Promise.reject(new MirrorError("git-failed", "the ref writer was closed"));
    const move = this.#last.then(() => this.#moveNow({ ref, to, from }));
    // The next move waits for this one, whatever came of it.
    this.#last = move.catch(() => undefined);
    return move;
  }

  close(): void {
    this.#closed = true;
    void this.#last.then(() => {
      this.#child?.stdin.end();
      this.#child = null;
    });
  }

  async #moveNow(change: RefMove): Promise<void> {
    checkChange(change);
    const { commonDir } = this.#repo;
    const place = { commonDir, gitDir: commonDir };
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#transact(change);
      if (outcome.done) return;
      if (outcome.signal === null) throw moveFailure(place, [change], outcome);
      // Killed at an unknown moment: the ref itself says whether the move was done.
      if (readRef(place, change.ref) === change.to) return;
      if (attempt === attempts) throw gitFailure("update-ref", outcome);
    }
  }

  #transact({ ref, to, from }: RefMove): Promise<Outcome> {
    this.#child ??= this.#start();
    const child = this.#child;
    holdProcess(child, true);
    return new Promise((resolve) => {
      this.#settle = resolve;
      const option = isPlain(ref) ? "option no-deref\n" : "";
      child.stdin.write(`start\n${option}update ${ref} ${to} ${from ?? "0".repeat(40)}\nprepare\ncommit\n`);
    });
  }

  #start(): ChildProcessWithoutNullStreams {
    const { git, commonDir } = this.#repo;
    const child = spawnGit(git, ["--git-dir", commonDir, "update-ref", "-m", "mirror", "--stdin"], {});
    let said = "";
    let stderr = "";
    child.stdout.on("data", (piece: Buffer) => {
      said += piece.toString("latin1");
      if (!said.endsWith("commit: ok\n")) return;
      said = "";
      holdProcess(child, false);
      this.#finish({ done: true });
    });
    child.stderr.on("data", (piece: Buffer) => {
      stderr = (stderr + piece.toString("utf8")).slice(-4096);
    });
    // A dying git breaks the pipe; `close` tells what happened.
    child.stdin.on("error", (error) => {
      if (systemErrorCode(error) !== "EPIPE") child.kill();
    });
    child.on("error", (cause) => {
      stderr = `cannot start ${git.path}: ${cause.message}`;
    });
    child.on("close", (code, signal) => {
      if (child === this.#child) this.#child = null;
      this.#finish({ done: false, code: code ?? 128, signal, stderr });
    });
    return child;
  }

  #finish(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(outcome);
  }
}
