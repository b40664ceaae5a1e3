import { shellPath } from "../app/doctor/finding.ts";
import type { ExplainedRule, PolicySuggestion } from "../app/policy/suggest.ts";
import { printable } from "../base/escape.ts";
import type { Style } from "./style.ts";

/** Shows suggested rules: what they are for, what else they let through, and what comes next. */
export function suggestionPage(suggestion: PolicySuggestion, out: string | null, style: Style): string[] {
  const { rules, left, unknown } = suggestion;
  return [
    ...summary(suggestion),
    ...rules.flatMap((rule) => ["", ...ruleLines(rule, unknown, style)]),
    ...(unknown.length === 0 ? [] : ["", style.yellow("What else they let through is not known in full:")]),
    ...unknown.map(({ action, direction, why }) => `  ${action} ${direction}? ${why}`),
    ...(left.length === 0 ? [] : ["", "Approved, and asked about all the same:"]),
    ...left.flatMap(({ why, calls, examples }) => [
      `  ${count(calls, "call")}: ${printable(why)}`,
      ...examples.map((text) => style.dim(`    ${text}`)),
    ]),
    ...(rules.length === 0 ? [] : files(suggestion, out, style)),
  ];
}

function summary({ agent, asked, denied, allowed, rules, left }: PolicySuggestion): string[] {
  const { approved, refused, unclear } = asked;
  const total = approved + refused + unclear;
  if (total === 0)
    return [`No call of ${printable(agent)} was ever asked about: the ledger has nothing to learn from.`];
  const lines = [
    `${count(total, "call")} of ${printable(agent)} asked: ${approved} ran, so somebody said yes; ${refused} did not run or`,
    `were stopped; ${unclear} failed, which says neither. The policy denied ${denied} more.`,
  ];
  if (approved === 0) return [...lines, "Nothing was approved: nothing to suggest."];
  if (allowed > 0) lines.push(`Of those that ran, ${allowed} would be allowed by now.`);
  if (rules.length === 0) return [...lines, "No rule to suggest."];
  const covered = approved - allowed - left.reduce((sum, { calls }) => sum + calls, 0);
  return [
    ...lines,
    `${count(rules.length, "rule")} would have let ${covered} of those that ran through unasked, and nothing that was refused or denied.`,
  ];
}

function ruleLines(each: ExplainedRule, unknown: PolicySuggestion["unknown"], style: Style): string[] {
  const { id, rule, covers, examples, beyond } = each;
  const { actions, command, path, host, mcp, agent } = rule;
  const conditions = Object.entries({ command, path, host, mcp, agent });
  const byAnything = command === null && actions.every((action) => /^(fs|net)\./.test(action));
  const isProven = beyond.length === 0 && !unknown.some(({ action }) => actions.includes(action));
  return [
    `${style.bold(id)}  ${actions.join(", ")}`,
    ...conditions.flatMap(([name, these]) => (these ?? []).map((pattern) => `  ${name}: ${pattern}`)),
    `  for ${count(covers, "approved call")}:`,
    ...examples.map((text) => style.dim(`    ${text}`)),
    ...(beyond.length === 0 ? [] : ["  beyond these, for example:"]),
    ...beyond.map(({ from, to, witness }) => `    ${from} -> ${style.green(to)}  ${printable(witness.text)}`),
    ...(isProven ? ["  nothing beyond these; that is proven"] : []),
    ...(byAnything ? ["  whatever command or tool does it"] : []),
  ];
}

function files(
  { agent, policy, files: written }: PolicySuggestion,
  out: string | null,
  style: Style,
): string[] {
  const texts = written.flatMap(({ path, text }) => [
    "",
    style.dim(`# .mirror/${path}`),
    ...text.trimEnd().split("\n").map(printable),
  ]);
  if (out === null) return [...texts, "", `Next: mirror policy suggest --agent ${agent} --out ${policy}`];
  const given = written.map(({ path }) => {
    const file = `--from-file ${shellPath(`${out}/${path}`)}`;
    return path.startsWith("policies/") ? file : `${file} --as ${path}`;
  });
  return [
    ...texts,
    "",
    `Written below ${printable(out)}; change them as you like.`,
    `Next: mirror policy propose ${policy} ${given.join(" ")}`,
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
