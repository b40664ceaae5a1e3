import { type BudgetUnit, budgetUnits, windowOfLabel } from "../model/budget.ts";
import { isId } from "../model/id.ts";
import { onceFields, placeFields, SignedForm } from "./signed-form.ts";

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

const form = new SignedForm("mirror/top-up/v1", {
  ...placeFields,
  budget: "\\S{1,127}",
  unit: budgetUnits.join("|"),
  window: "[^\\n]{1,20}",
  more: "[1-9][0-9]{0,14}",
  ...onceFields,
});

/** Writes the text that is signed. */
export function topUpText(topUp: TopUp): string {
  return form.write({ ...topUp, "not-after": topUp.notAfter });
}

/** Reads a signed text; null if it is not exactly what `topUpText` writes. UNTRUSTED: whoever signed it is not known yet. */
export function readTopUp(text: string): TopUp | null {
  const said = form.read(text);
  if (said === null) return null;
  const { genesis, lineage, gate, agent, budget, window, more, nonce } = said;
  const notAfter = said["not-after"];
  const unit = budgetUnits.find((each) => each === said.unit);
  if (unit === undefined || !isId(gate) || !isId(agent) || windowOfLabel(window) === null) return null;
  if (Number.isNaN(Date.parse(notAfter))) return null;
  return { genesis, lineage, gate, agent, budget, unit, window, more: Number(more), notAfter, nonce };
}
