import { findInput } from "../../app/kept-input.ts";
import { findEntry, type LogQuery, queryLog } from "../../app/log.ts";
import { proveValue } from "../../app/prove.ts";
import { MirrorError } from "../../base/errors.ts";
import type { RedactedInput } from "../../model/kept-input.ts";
import type { ReceiptKind } from "../../model/receipt.ts";
import type { RiskLevel } from "../../model/risk.ts";
import type { Verdict } from "../../model/verdict.ts";
import { logLines } from "../../ui/log-lines.ts";
import { proofPage } from "../../ui/proof-page.ts";
import { receiptPage } from "../../ui/receipt-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";
import { readStandardInput } from "../standard-input.ts";

interface LogOptions {
  readonly agent?: string;
  readonly decision?: Verdict;
  readonly risk?: RiskLevel;
  readonly tool?: string;
  readonly session?: string;
  readonly since?: string;
  readonly until?: string;
  readonly kind?: ReceiptKind;
  readonly limit: string;
  readonly json?: boolean;
}

/** `mirror log`. */
export async function logCommand(context: Context, options: LogOptions): Promise<number> {
  const now = Date.now();
  const query: LogQuery = {
    agent: options.agent ?? null,
    decision: options.decision ?? null,
    risk: options.risk ?? null,
    tool: options.tool ?? null,
    session: options.session ?? null,
    since: options.since === undefined ? null : parseTime("--since", options.since, now),
    until: options.until === undefined ? null : parseTime("--until", options.until, now),
    kind: options.kind ?? null,
    limit: parseLimit(options.limit),
  };
  const entries = await queryLog(context, query);
  if (options.json === true) for (const entry of entries) context.print(JSON.stringify(entry));
  else if (entries.length === 0) context.print("No receipt matches.");
  else for (const line of logLines(entries, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror show`. */
export async function showCommand(
  context: Context,
  name: string,
  options: { readonly json?: boolean; readonly prove?: boolean; readonly decrypt?: boolean },
): Promise<number> {
  if (options.prove === true) return await prove(context, name, options.json === true);
  const entry = await findEntry(context, name);
  const prompts = options.decrypt === true ? promptsOf(context.terminal) : null;
  const input = entry.kind === "decision" ? await findInput(context, name, prompts) : null;
  if (options.json === true) context.print(JSON.stringify({ ...entry, input: inputOf(input) }));
  else for (const line of receiptPage(entry, input, context.style)) context.print(line);
  return exitCodes.ok;
}

function inputOf(kept: RedactedInput | "encrypted" | null): unknown {
  return kept === null || kept === "encrypted" ? kept : kept.input;
}

/** `mirror show --prove`: the value comes from stdin, or is asked for; it is never shown. */
async function prove(context: Context, name: string, asJson: boolean): Promise<number> {
  const value = context.terminal.isInteractive
    ? Buffer.from(await context.terminal.askSecret("Value: "))
    : await readStandardInput();
  const proofs = await proveValue(context, name, value);
  if (asJson) context.print(JSON.stringify(proofs));
  else for (const line of proofPage(proofs, context.style)) context.print(line);
  return proofs.length > 0 ? exitCodes.ok : exitCodes.failure;
}

const unitMilliseconds: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads a time: RFC 3339, or how long ago (`90s`, `10m`, `2h`, `3d`). Gives milliseconds since 1970. */
function parseTime(option: string, text: string, now: number): number {
  const ago = /^(\d+)([smhd])$/.exec(text);
  const unit = unitMilliseconds[ago?.[2] ?? ""];
  if (ago?.[1] !== undefined && unit !== undefined) return now - Number(ago[1]) * unit;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new MirrorError(
    "usage",
    `${option} is \`${text}\`, expected a time such as 2026-11-23T10:00:00Z, or 10m, 2h, 3d`,
  );
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new MirrorError("usage", `--limit is \`${text}\`, expected a number from 1`);
}
