import { existsSync } from "node:fs";
import { MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { type GitRun, gitFailure, runGit } from "./launch.ts";
import { checkRefName } from "./ref-name.ts";
import { type RefPlace, readRef } from "./refs.ts";
import type { Repository } from "./repository.ts";

/** One ref to move, by compare-and-swap. */
export interface RefChange {
  /** Full name; `HEAD` moves the branch that is checked out, or a detached HEAD itself. */
  readonly ref: string;
  /** Null: it goes. */
  readonly to: string | null;
  /** What it must name now; null: it must not exist. */
  readonly from: string | null;
  /** For the reflog. One transaction has one: the first that is given. */
  readonly message?: string;
}

/** An object id of zeros: to git, the ref does not exist. */
const nothing = "0".repeat(40);

/**
 * Moves refs, all or none, in one git transaction. A lock that another program holds is waited for, three seconds
 * at most. Throws `ref-moved` where a ref names something else than `from`, `git-locked`, `bad-ref`, `git-failed`.
 * A person's `environment` gives the reflog their name.
 */
export async function updateRefs(
  repo: Repository,
  changes: readonly RefChange[],
  environment?: GitRun["environment"],
): Promise<void> {
  if (changes.length === 0) return;
  const message = changes.find((change) => change.message !== undefined)?.message ?? "mirror";
  const args = ["--git-dir", repo.gitDir, "update-ref", "-m", printable(message), "--stdin", "-z"];
  const input = changes.map(encodeChange).join("");
  const result = await runGit(repo.git, args, { input, ...(environment && { environment }) });
  if (result.code !== 0) throw moveFailure(repo, changes, result);
}

function encodeChange(change: RefChange): string {
  checkChange(change);
  const { ref, to, from } = change;
  const option = isPlain(ref) ? "option no-deref\0" : "";
  return to === null
    ? `${option}delete ${ref}\0${from ?? ""}\0`
    : `${option}update ${ref}\0${to}\0${from ?? nothing}\0`;
}

/** Refs of mirror's own are never symbolic: one that somebody made so must not lead a move to a branch. */
export function isPlain(ref: string): boolean {
  return ref.startsWith("refs/mirror/");
}

/** Throws `bad-ref` for a change whose name or ids are malformed. */
export function checkChange({ ref, to, from }: RefChange): void {
  checkRefName(ref);
  for (const id of [to, from]) {
    if (id === null || (/^[0-9a-f]{40}$/.test(id) && id !== nothing)) continue;
    throw new MirrorError(
      "bad-ref",
      `\`${ref}\` cannot move to or from \`${printable(id)}\`, which is no object id`,
    );
  }
}

/** Makes the error for a transaction that git refused, from what the refs are now and what git said. */
export function moveFailure(
  place: RefPlace,
  changes: readonly RefChange[],
  result: { code: number; stderr: string },
): MirrorError {
  const lock = /Unable to create '(.+\.lock)'/.exec(result.stderr)?.[1];
  if (lock !== undefined && existsSync(lock)) {
    return new MirrorError("git-locked", `another program holds \`${lock}\``, {
      data: { lock },
      hint: `wait for it; if no git is running, remove \`${lock}\``,
    });
  }
  for (const { ref, from } of changes) {
    const found = readRef(place, ref);
    if (found === from) continue;
    return new MirrorError("ref-moved", `\`${ref}\` is at ${name(found)}, expected ${name(from)}`, {
      data: { ref, found, expected: from },
      hint: "somebody else moved it: try again",
    });
  }
  return gitFailure("update-ref", result);
}

function name(id: string | null): string {
  return id === null ? "nothing" : `\`${id}\``;
}
