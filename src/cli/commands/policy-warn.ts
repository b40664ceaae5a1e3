import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Warning, warningsOfCommit, warningsOfPush } from "../../app/policy/warn.ts";
import { type ErrorCode, isMirrorError } from "../../base/errors.ts";
import { printable } from "../../base/escape.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { readPushedRefs } from "../pushed-refs.ts";

/** How long git is kept waiting, in milliseconds. */
const patience = 10_000;

/** Where mirror governs nothing there is nothing to warn of. */
const notGoverned: readonly ErrorCode[] = [
  "not-initialised",
  "not-pinned",
  "not-a-repository",
  "unsupported-repository",
];

/** `mirror policy warn pre-push`. */
export async function policyWarnPushCommand(context: Context, remote: string): Promise<number> {
  const refs = readPushedRefs(readFileSync(0, "utf8"));
  return await warn(context, () => warningsOfPush(context, remote, refs));
}

/** `mirror policy warn commit-msg`. */
export async function policyWarnCommitCommand(context: Context, file: string, tree: string): Promise<number> {
  const message = readFileSync(resolve(context.directory, file), "utf8");
  return await warn(context, () => warningsOfCommit(context, message, tree));
}

/** Tells what `look` finds. Whatever happens, git goes on. */
async function warn(context: Context, look: () => Promise<readonly Warning[]>): Promise<number> {
  const timer = setTimeout(() => {
    context.note(`mirror: this took more than ${patience / 1000} seconds and was not looked at to the end`);
    context.note("  it goes on unlooked at; `mirror status` says what holds here");
    process.exit(exitCodes.ok);
  }, patience);
  try {
    for (const { level, about, why, hint } of await look()) {
      context.note(`mirror: ${level}: ${printable(about)}: ${printable(why)}`);
      context.note(`  ${printable(hint)}`);
    }
  } catch (error) {
    if (!isMirrorError(error)) throw error;
    if (notGoverned.includes(error.code)) return exitCodes.ok;
    context.note(`mirror: warning: ${printable(error.message)}`);
    context.note(`  ${printable(error.hint ?? "`mirror doctor` says more")}`);
  } finally {
    clearTimeout(timer);
  }
  return exitCodes.ok;
}
