import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { MirrorError, systemErrorCode } from "../base/errors.ts";

// Who may append is said by the file with the highest number in the lock's directory. A file is linked into place
// whole, so that exactly one process gets a number, and only past a file whose holder is gone. The highest file is
// never removed, also not at release: a process that looked long ago and now links the next number finds it taken.

/** The right to append to a ledger, held by this process. */
export interface WriterLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** When the process started, as the system counts; null where it does not tell. */
  readonly started: string | null;
  /** Which start of the machine; null where nothing tells. */
  readonly boot: string | null;
  readonly released: boolean;
}

const pause = 20;

/**
 * Takes the lock, waiting at most `patience` milliseconds while another process holds it. Throws `ledger-locked`
 * that names the process, and system errors.
 */
export async function takeWriterLock(directory: string, patience: number): Promise<WriterLock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (let waited = 0; ; waited += pause) {
    const taken = tryToTake(directory);
    if ("release" in taken) return taken;
    if (waited >= patience) {
      throw new MirrorError("ledger-locked", `process ${taken.pid} writes this ledger`, {
        data: { pid: taken.pid },
        hint: `run \`mirror daemon stop\`; if that process is no mirror, remove \`${directory}\``,
      });
    }
    await wait(pause);
  }
}

function tryToTake(directory: string): WriterLock | Holder {
  for (;;) {
    const highest = highestNumber(directory);
    const holder = highest === null ? null : readHolder(join(directory, String(highest)));
    if (holder !== null && isAlive(holder)) return holder;
    const number = (highest ?? 0) + 1;
    const path = join(directory, String(number));
    // Somebody may have gone further while we looked: then a lower number is free again, and worth nothing.
    if (!claim(directory, path)) continue;
    if (highestNumber(directory) !== number) {
      rmSync(path);
      continue;
    }
    removeBelow(directory, number);
    return { release: () => replace(directory, path, { ...myself(), released: true }) };
  }
}

function claim(directory: string, path: string): boolean {
  const temporary = writeTemporary(directory, myself());
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function replace(directory: string, path: string, holder: Holder): void {
  renameSync(writeTemporary(directory, holder), path);
}

let temporaries = 0;

function writeTemporary(directory: string, holder: Holder): string {
  temporaries += 1;
  const path = join(directory, `.${process.pid}-${temporaries}.tmp`);
  writeFileSync(path, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  return path;
}

function highestNumber(directory: string): number | null {
  const numbers = lockNumbers(directory);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function lockNumbers(directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => /^[1-9][0-9]*$/.test(name))
    .map(Number);
}

function removeBelow(directory: string, number: number): void {
  for (const lower of lockNumbers(directory)) {
    if (lower < number) rmSync(join(directory, String(lower)), { force: true });
  }
}

function readHolder(path: string): Holder | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // Gone: somebody took the next number. Damaged by a crash of the machine: then its holder is gone, too.
    if (error instanceof SyntaxError || systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
  if (typeof value !== "object" || value === null) return null;
  const { pid, started, boot, released } = value as Readonly<Record<string, unknown>>;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return null;
  return {
    pid,
    boot: typeof boot === "string" ? boot : null,
    started: typeof started === "string" ? started : null,
    released: released === true,
  };
}

function isAlive(holder: Holder): boolean {
  if (holder.released || holder.boot !== bootName()) return false;
  // A number that was given to another process since.
  return isRunning(holder.pid) && (holder.started === null || startOf(holder.pid) === holder.started);
}

/** Tells whether a process runs. One that has ended and that nobody has asked about yet (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (systemErrorCode(error) !== "EPERM") return false;
  }
  return !existsSync("/proc/self/stat") || startOf(pid) !== null;
}

/** Gives the process that holds the right to append; null if none does. */
export function writerOf(directory: string): number | null {
  const highest = existsSync(directory) ? highestNumber(directory) : null;
  const holder = highest === null ? null : readHolder(join(directory, String(highest)));
  return holder !== null && isAlive(holder) ? holder.pid : null;
}

function myself(): Holder {
  return { pid: process.pid, started: startOf(process.pid), boot: bootName(), released: false };
}

/** When a process started, in ticks since the machine did; null where /proc does not tell, or it has ended. */
function startOf(pid: number): string | null {
  // The name in parentheses may hold anything; what follows the last one is fields 3 (state) and on. 22 is the start.
  const stat = readIfThere(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || fields[0] === "Z" ? null : (fields[19] ?? null);
}

/** Names this start of the machine; null where nothing does (a clock cannot: it may be set). */
function bootName(): string | null {
  return readIfThere("/proc/sys/kernel/random/boot_id")?.trim() ?? null;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "EACCES" || code === "ESRCH") return null;
    throw error;
  }
}
