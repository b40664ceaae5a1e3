import { type ErrorCode, isMirrorError } from "../base/errors.ts";
import type { Verdict } from "../model/verdict.ts";

/** What the process says when it ends. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  deny: 3,
  verificationFailed: 4,
  ask: 5,
  internal: 70,
} as const;

const usageErrors: readonly ErrorCode[] = ["usage", "not-a-terminal", "passphrase-needed"];

/** Gives the exit code for anything thrown. */
export function errorExitCode(error: unknown): number {
  if (!isMirrorError(error) || error.code === "internal") return exitCodes.internal;
  return usageErrors.includes(error.code) ? exitCodes.usage : exitCodes.failure;
}

/** Gives the exit code that stands for a verdict. */
export function verdictExitCode(verdict: Verdict): number {
  return { allow: exitCodes.ok, ask: exitCodes.ask, deny: exitCodes.deny }[verdict];
}
