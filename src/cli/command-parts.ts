import { InvalidArgumentError, Option } from "commander";
import { nearest } from "../model/nearest.ts";
import { type RiskReason, riskReasons } from "../model/risk.ts";
import type { Context } from "./context.ts";

/** What a command does: prints its result and gives the exit code. */
export type Action = (context: Context, ...args: never[]) => Promise<number>;

/** Ties a command to its module, which is loaded only when the command runs. */
export type RunCommand = (load: () => Promise<Action>) => (...given: unknown[]) => Promise<void>;

/** The option that every command with a result has. */
export function json(): Option {
  return new Option("--json", "print JSON for machines");
}

/** Reads a number of signers: from 1. */
export function signerCount(text: string): number {
  if (/^[1-9][0-9]{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1");
}

/** Reads a receipt's number: from 0. */
export function receiptNumber(text: string): number {
  if (/^(0|[1-9][0-9]{0,9})$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a receipt's number, from 0");
}

/** Reads one risk reason more. */
export function riskReasonsSoFar(text: string, before: readonly RiskReason[] = []): readonly RiskReason[] {
  const found = riskReasons.find((reason) => reason === text);
  if (found !== undefined) return [...before, found];
  const meant = nearest(text, riskReasons);
  throw new InvalidArgumentError(
    meant === null ? `expected one of ${riskReasons.join(", ")}` : `did you mean \`${meant}\`?`,
  );
}

/** Reads an amount: above 0, with up to six decimals. */
export function amount(text: string): number {
  if (/^[0-9]{1,12}(\.[0-9]{1,6})?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("expected a number above 0");
}
