import type { Action } from "./effect.ts";
import type { RiskLevel } from "./risk.ts";

/**
 * What a budget counts. Of tool calls: calls, time they run, files they write or delete, bytes they write, hosts they reach.
 * Of model calls: tokens and money.
 */
export const budgetUnits = ["calls", "seconds", "files", "bytes", "hosts", "tokens", "usd"] as const;

export type BudgetUnit = (typeof budgetUnits)[number];

/** How many of what is counted make one of a unit: milliseconds and millionths of a dollar, so that sums are exact. */
const unitScale: Readonly<Record<BudgetUnit, number>> = {
  calls: 1,
  seconds: 1_000,
  files: 1,
  bytes: 1,
  hosts: 1,
  tokens: 1,
  usd: 1_000_000,
};

/** Gives what is counted for a number of a unit: 90 seconds are 90,000. */
export function counted(unit: BudgetUnit, amount: number): number {
  return Math.round(amount * unitScale[unit]);
}

/** Gives a number of a unit for what was counted. */
export function inUnit(unit: BudgetUnit, counted: number): number {
  return counted / unitScale[unit];
}

/** Units of which only a measurement tells in the end how much it was: what is taken for a call may be settled. */
export function isSettled(unit: BudgetUnit | undefined): boolean {
  return unit === "seconds" || unit === "bytes" || unit === "tokens" || unit === "usd";
}

/** Over what a budget counts; the first ends with the client's session, the last never. Hours to months are UTC's. */
export const budgetWindows = ["session", "hour", "day", "week", "month", "total"] as const;

export type BudgetWindow = (typeof budgetWindows)[number];

/** How much an agent, its subagents counted in, may use of something. */
export interface Budget {
  readonly id: string;
  readonly unit: BudgetUnit;
  /** From 0, as it is counted. */
  readonly limit: number;
  readonly window: BudgetWindow;
  /** Counts only what is of this action; null: of any. */
  readonly action: Action | null;
  /** Counts only calls of at least this risk; null: of any. */
  readonly risk: RiskLevel | null;
  /** How many hundredths of the limit each gate has, by its id; null: all gates count towards one limit. */
  readonly share: Readonly<Record<string, number>> | null;
}

/** Gives what of a budget's limit a gate has, as it is counted: its share, nothing for one that is not named. Null: all. */
export function limitOf({ limit, share }: Pick<Budget, "limit" | "share">, gate: string | null): number {
  if (share === null || gate === null) return limit;
  const hundredths = Object.hasOwn(share, gate) ? (share[gate] ?? 0) : 0;
  return Number((BigInt(limit) * BigInt(hundredths)) / 100n);
}

/** What a call takes beside its effects, for budgets over bytes and seconds. */
export interface CallAmounts {
  /** Bytes of the texts that it puts into files, as far as the call holds them. */
  readonly bytes: number;
  /** How long the client lets it run. */
  readonly milliseconds: number;
}

/** What of a budget was used when a call was decided, and what the call takes. All as it is counted. */
export interface Spend {
  /** Its name, as `heldBudgets` gives it. */
  readonly budget: string;
  /** The window it was decided in, by its label. */
  readonly window: string;
  /** Left out in receipts from before there were more than calls and files. */
  readonly unit?: BudgetUnit;
  /** Used before this call, here and elsewhere. */
  readonly used: number;
  /** What of that other gates used, as far as this one knew; left out for nothing. */
  readonly elsewhere?: number;
  /** What this call takes, if it is not denied. */
  readonly cost: number;
}

/** What the gate measured of a call that a budget was used for, against what was taken for it. */
export interface Settlement {
  readonly budget: string;
  /** The window that the call was counted in. */
  readonly window: string;
  readonly unit: BudgetUnit;
  /** More was used where it is above 0, less below; as it is counted. */
  readonly by: number;
}

/** A stretch of time, in milliseconds; `end` is the first that is not in it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;
/** 1970 began on a Thursday. */
const firstMonday = 4 * day;

/** Gives the window of a kind that a time (milliseconds) lies in; null for those that no clock ends. */
export function windowSpan(window: BudgetWindow, time: number): Span | null {
  const every = (length: number, from = 0): Span => {
    const start = Math.floor((time - from) / length) * length + from;
    return { start, end: start + length };
  };
  switch (window) {
    case "session":
    case "total":
      return null;
    case "hour":
      return every(hour);
    case "day":
      return every(day);
    case "week":
      return every(week, firstMonday);
    case "month": {
      const date = new Date(time);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      return { start: Date.UTC(year, month, 1), end: Date.UTC(year, month + 1, 1) };
    }
  }
}

/** How much of its beginning names a window. */
const labelLengths = { hour: "2026-11-26T05".length, day: "2026-11-26".length, month: "2026-11".length };

/**
 * Gives the label of the window that a time (milliseconds) lies in: `2026-11-26T05`, `2026-11-26`, `week 2026-11-23` (its
 * Monday), `2026-11`, `total`, `session`. Of one kind, later windows have later labels.
 */
export function windowLabel(window: BudgetWindow, time: number): string {
  const span = windowSpan(window, time);
  if (span === null || window === "session" || window === "total") return window;
  const start = new Date(span.start).toISOString();
  return window === "week"
    ? `week ${start.slice(0, labelLengths.day)}`
    : start.slice(0, labelLengths[window]);
}

/** Tells of which kind a window's label is; null if of none. */
export function windowOfLabel(label: string): BudgetWindow | null {
  if (label === "session" || label === "total") return label;
  if (/^\d{4}-\d\d-\d\dT\d\d$/.test(label)) return "hour";
  if (/^\d{4}-\d\d-\d\d$/.test(label)) return "day";
  if (/^week \d{4}-\d\d-\d\d$/.test(label)) return "week";
  return /^\d{4}-\d\d$/.test(label) ? "month" : null;
}

const over: Readonly<Record<BudgetWindow, string>> = {
  session: "a session",
  hour: "an hour",
  day: "a day",
  week: "a week",
  month: "a month",
  total: "in all",
};

/** Says in words what a budget allows: `20 files a day of fs.write`. */
export function budgetText({
  limit,
  unit,
  window,
  action,
  risk,
  share,
}: Pick<Budget, "limit" | "unit" | "window" | "action" | "risk" | "share">): string {
  const of = action === null ? "" : ` of ${action}`;
  const from = risk === null ? "" : ` of ${risk} risk or more`;
  return `${inUnit(unit, limit)} ${unit} ${over[window]}${of}${from}${shareText(share)}`;
}

function shareText(share: Budget["share"]): string {
  if (share === null) return "";
  const parts = Object.entries(share).sort(([a], [b]) => (a < b ? -1 : 1));
  return ` (split: ${parts.map(([gate, hundredths]) => `${gate} ${hundredths} %`).join(", ")})`;
}
