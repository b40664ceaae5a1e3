import { type BudgetUnit, budgetUnits, windowOfLabel } from "../model/budget.ts";
import { isId } from "../model/id.ts";

/** What a signer says to let an agent use more of a budget than its limit, in one window of it. */
export interface TopUp {
  /** Commit id. */
  readonly genesis: string;
  /** Of the policy set that has the budget: it is worth nothing under another. */
  readonly lineage: string;
  readonly gate: string;
  readonly agent: string;
  /** Its name, as `heldBudgets` gives it. */
  readonly budget: string;
  readonly unit: BudgetUnit;
  /** The window's label. */
  readonly window: string;
  /** How much more, as it is counted. */
  readonly more: number;
  /** RFC 3339, milliseconds, UTC: it holds until then. */
  readonly notAfter: string;
  /** 32 hex digits. */
  readonly nonce: string;
}

// The first line is the signature's domain (TRUST S3).
const domain = "mirror/top-up/v1";

/** Writes the text that is signed. */
export function topUpText({
  genesis,
  lineage,
  gate,
  agent,
  budget,
  unit,
  window,
  more,
  notAfter,
  nonce,
}: TopUp): string {
  const lines = [
    domain,
    `genesis ${genesis}`,
    `lineage ${lineage}`,
    `gate ${gate}`,
    `agent ${agent}`,
    `budget ${budget}`,
    `unit ${unit}`,
    `window ${window}`,
    `more ${more}`,
    `not-after ${notAfter}`,
    `nonce ${nonce}`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const form =
  /^mirror\/top-up\/v1\ngenesis ([0-9a-f]{40})\nlineage ([0-9a-f]{64})\ngate (\S{1,63})\nagent (\S{1,63})\nbudget (\S{1,127})\nunit (\S+)\nwindow ([^\n]{1,20})\nmore ([1-9][0-9]{0,14})\nnot-after (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\nnonce ([0-9a-f]{32})\n$/;

/** Reads a signed text; null if it is not exactly what `topUpText` writes. UNTRUSTED: whoever signed it is not known yet. */
export function readTopUp(text: string): TopUp | null {
  const match = form.exec(text);
  if (match === null) return null;
  const [
    ,
    genesis = "",
    lineage = "",
    gate = "",
    agent = "",
    budget = "",
    word,
    window = "",
    more,
    notAfter = "",
    nonce = "",
  ] = match;
  const unit = budgetUnits.find((each) => each === word);
  if (unit === undefined || !isId(gate) || !isId(agent) || windowOfLabel(window) === null) return null;
  if (Number.isNaN(Date.parse(notAfter))) return null;
  return { genesis, lineage, gate, agent, budget, unit, window, more: Number(more), notAfter, nonce };
}
