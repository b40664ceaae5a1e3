import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Governed } from "../fixtures/governed-repository.ts";

/** Many when a person asks for the long run, else what a machine that tests can wait for. */
export function often(usual: number, long: number): number {
  return process.env["MIRROR_TEST_LONG"] === "1" ? long : usual;
}

/**
 * Calls from each of `callers` at once while `more` says so of the next call's number, with a pause of so many
 * milliseconds after each; gives the commands that were answered, with their decision.
 */
export async function crowd(
  repository: Governed,
  callers: number,
  more: (call: number) => boolean,
  pause = 0,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const caller = async (name: number): Promise<void> => {
    for (let call = 0; more(call); call += 1) {
      const command = `echo caller-${name}-call-${call}-`;
      const { decision, reason } = await repository.bash(command);
      answers.set(command, decision === "allow" ? decision : `${decision}: ${reason}`);
      await sleep(pause);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, name) => caller(name)));
  return answers;
}

/** How often each of the commands stands in the ledger as a decision, read with stock git. */
export function recorded(repository: Governed, commands: Iterable<string>): number[] {
  const format = "--format=%x01%B";
  const receipts = repository.git("log", format, repository.ledger()).split("\u0001");
  const decisions = receipts.filter((text) => /^Mirror-Kind: decision$/m.test(text));
  return [...commands].map((command) => decisions.filter((text) => text.includes(command)).length);
}

/** The processes of this repository's daemon, whoever started them (Linux). */
export function daemons(repository: Governed): number[] {
  const { stdout } = spawnSync("pgrep", ["-f", `mirror-daemon.cjs ${repository.state()}`], {
    encoding: "utf8",
  });
  return stdout.split("\n").filter(Boolean).map(Number);
}

/** Kills the daemon at a moment nobody chose; false if none was there. */
export function killDaemon(repository: Governed): boolean {
  const found = daemons(repository);
  for (const pid of found) spawnSync("kill", ["-9", String(pid)]);
  return found.length > 0;
}

/** Lock files that are left in the git directory once everybody has gone. */
export async function locksLeft(repository: Governed): Promise<string[]> {
  const look = (): string[] =>
    readdirSync(join(repository.directory, ".git"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".lock"),
    );
  for (let patience = 20; patience > 0 && look().length > 0; patience -= 1) await sleep(100);
  return look();
}
