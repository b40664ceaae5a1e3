import type { BudgetStand } from "../app/budgets.ts";
import { printable } from "../base/escape.ts";
import { budgetText, counted } from "../model/budget.ts";
import { type Cell, columns } from "./columns.ts";
import type { Style } from "./style.ts";

const barLength = 20;
/** From this part on a budget is nearly used. */
const nearly = 0.8;

/** Shows how budgets stand, a line each. */
export function budgetPage(stands: readonly BudgetStand[], style: Style): string[] {
  if (stands.length === 0)
    return ["No agent has a budget. A binding may have some: `budgets:` in .mirror/agents/<id>.yaml"];
  return columns(stands.map((stand) => row(stand, style)));
}

function row(stand: BudgetStand, style: Style): Cell[] {
  const { usage, agent, id, limit, granted, used, reserved, unit, perHour, resetsAt, runsOutAt } = stand;
  const part = limit === 0 ? 1 : Math.min(1, (used + reserved) / limit);
  const paint = part >= 1 ? style.red : part >= nearly ? style.yellow : style.green;
  const full = Math.round(part * barLength);
  const times = [
    ...(usage === "transcript" ? ["as its client's transcripts say"] : []),
    ...(granted === 0 ? [] : [`${granted} of it granted`]),
    ...(reserved === 0 ? [] : [`${reserved} more reserved`]),
    ...(perHour === null || perHour === 0 ? [] : [`${shortNumber(perHour)} ${unit} an hour`]),
    ...(resetsAt === null ? [] : [`frees ${shortTime(resetsAt)}`]),
    ...(runsOutAt === null || part >= 1 ? [] : [`at this rate out at ${shortTime(runsOutAt)}`]),
  ];
  return [
    printable(agent),
    printable(id),
    { text: `${"#".repeat(full)}${"-".repeat(barLength - full)}`, paint },
    `${used} of ${budgetText({ ...stand, limit: counted(stand.unit, limit) })}`,
    { text: times.join(", "), paint: style.dim },
  ];
}

/** Three digits tell a rate. */
function shortNumber(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function shortTime(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
