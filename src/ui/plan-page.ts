import type { PlannedChange, PolicyPlan } from "../app/policy/plan.ts";
import { printable, shorten } from "../base/escape.ts";
import { type Cell, columns } from "./columns.ts";
import { type Style, verdictStyle } from "./style.ts";

const sentences: Readonly<Record<PolicyPlan["verdict"], string>> = {
  widens: "It permits more: these requests are answered less strictly.",
  narrows: "It permits less: these requests are answered more strictly.",
  both: "It permits more here and less there.",
  none: "Every request is answered as before; that is proven.",
  unknown: "No request was found that is answered another way, and none could be excluded.",
};

const workTree = ".mirror/ in the work tree";

function headText({ branch, commit }: PolicyPlan["head"]): string {
  return branch === null || commit === null ? workTree : `${printable(branch)} at ${commit.slice(0, 12)}`;
}

/** Shows what a proposal means. */
export function planPage(plan: PolicyPlan, style: Style): string[] {
  const { base, head, verdict, changes, unknown, terms, replay } = plan;
  return [
    ...columns([
      ["plan", `${headText(head)}, on epoch ${base.epoch}`],
      ["verdict", { text: verdict, paint: verdictPaint(verdict, style) }],
    ]),
    sentences[verdict],
    ...columns(changes.map((change) => changeRow(change, style))),
    ...terms.map((term) => `  ${printable(term)}`),
    ...unknown.map(
      ({ agent, action, direction, why }) => `  unknown: ${agent} ${action} ${direction}? ${why}`,
    ),
    replayLine(replay),
    ...columns(replay.examples.map((call) => exampleRow(call, style))),
    ...approvals(plan),
  ];
}

function changeRow({ agent, action, from, to, witness, rules }: PlannedChange, style: Style): Cell[] {
  return [
    `  ${printable(agent)}`,
    action,
    { text: `${from} -> ${to}`, paint: verdictStyle(style, to) },
    shorten(printable(witness.text), 90),
    { text: `${rules.before.join(", ")} -> ${rules.after.join(", ")}`, paint: style.dim },
  ];
}

function replayLine({ decisions, flipped }: PolicyPlan["replay"]): string {
  if (decisions === 0) return "The ledger has no decisions to try it on.";
  const calls = `${decisions} ${decisions === 1 ? "call" : "calls"} of the ledger`;
  return flipped === 0
    ? `Of ${calls}, none would come out another way.`
    : `Of ${calls}, ${flipped} would come out another way:`;
}

function exampleRow(
  { seq, agent, from, to, text, rule }: PolicyPlan["replay"]["examples"][number],
  style: Style,
): Cell[] {
  return [
    `  ${seq}`,
    printable(agent),
    { text: `${from} -> ${to}`, paint: verdictStyle(style, to) },
    shorten(printable(text), 90),
    { text: printable(rule), paint: style.dim },
  ];
}

function approvals({ judgement }: PolicyPlan): string[] {
  return judgement.roles.map(({ role, needed, have, missing, met }) => {
    const given = have.length === 0 ? "nobody yet" : have.join(", ");
    return `  ${role} needs ${needed}: ${given}${met ? "" : `, of ${missing.join(", ")}`}`;
  });
}

function verdictPaint(verdict: PolicyPlan["verdict"], style: Style): (text: string) => string {
  if (verdict === "none" || verdict === "narrows") return style.green;
  return verdict === "unknown" ? style.yellow : style.red;
}

/** The same for a comment on a pull request. */
export function planMarkdown(plan: PolicyPlan): string[] {
  const { base, head, verdict, changes, unknown, terms, replay, files } = plan;
  return [
    `### Policy: ${cell(head.branch ?? workTree)} **${verdict}**`,
    "",
    `${sentences[verdict]} (set \`${head.digest.slice(0, 12)}\` on epoch ${base.epoch})`,
    "",
    ...table(
      ["agent", "action", "answer", "for example", "rules"],
      changes.map(({ agent, action, from, to, witness, rules }) => [
        agent,
        action,
        `${from} → ${to}`,
        witness.text,
        `${rules.before.join(", ")} → ${rules.after.join(", ")}`,
      ]),
    ),
    ...terms.map((term) => `- ${cell(term)}`),
    ...unknown.map(
      ({ agent, action, direction, why }) => `- unknown: ${agent} ${action} ${direction}? ${cell(why)}`,
    ),
    "",
    replayLine(replay),
    "",
    ...table(
      ["receipt", "agent", "answer", "call", "rule"],
      replay.examples.map(({ seq, agent, from, to, text, rule }) => [
        `${seq}`,
        agent,
        `${from} → ${to}`,
        text,
        rule,
      ]),
    ),
    ...files.map(({ path, what }) => `- ${what} \`.mirror/${cell(path)}\``),
    ...approvals(plan).map((line) => `- ${line.trim()}`),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""];
}

/** Outside text in a cell: on one line, and nothing in it that ends the cell or begins HTML. */
function cell(text: string): string {
  return printable(text).replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
