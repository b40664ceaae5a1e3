import type { PolicyCheck } from "../app/policy/check.ts";
import type { PolicyTest } from "../app/policy/test.ts";
import { printable } from "../base/escape.ts";
import { formatProblem } from "../base/problem.ts";
import type { Style } from "./style.ts";

/** Says how a policy set stands up to its own examples and tables. */
export function policyTestPage(test: PolicyTest, coverage: boolean, style: Style): string[] {
  const { cases, problems, rules, unreached } = test;
  const summary =
    problems.length === 0
      ? `${style.green("good")}: ${cases} cases`
      : `${problems.length} mistakes, ${cases} cases`;
  if (!coverage) return [...problems.map(formatProblem), summary];
  return [
    ...problems.map(formatProblem),
    ...unreached.map(({ rule, file, line, column }) => `${file}:${line}:${column}: no case reaches ${rule}`),
    `${summary}; they reach ${rules - unreached.length} of ${rules} rules`,
  ];
}

/** How it goes on after `The policy set of <commit>`. */
const sentences: Readonly<Record<PolicyCheck["state"], string>> = {
  unchanged: "is the one that is approved.",
  effective: "is changed, approved and merged: it is in force.",
  approved: "is changed and approved: it takes effect when a merge commit brings it in, not by a squash.",
  unapproved: "is changed, and the change will not take effect: approvals are missing.",
  broken: "has mistakes: it can never take effect.",
};

/** What to do, where there is something to do. */
const hints: Partial<Record<PolicyCheck["state"], readonly string[]>> = {
  unapproved: [
    "  Approve it on its branch (mirror policy approve) and merge it with a merge commit. Where the host only squashes,",
    "  give the policy a branch of its own: mirror init --policy-branch mirror/main.",
  ],
  broken: [
    "  Mend it on its branch: mirror policy lint <branch> says where; git checkout <base> -- .mirror brings back what is gone.",
  ],
};

/** Says what CI learns of a change. */
export function policyCheckPage({
  head,
  state,
  verdict,
  approvedBy,
  missing,
  problems,
  epoch,
}: PolicyCheck): string[] {
  return [
    `${state}: The policy set of ${head.slice(0, 12)} ${sentences[state]}`,
    ...(verdict === null || verdict === "none"
      ? []
      : [`  against epoch ${epoch} it ${verdictText(verdict)}`]),
    ...(approvedBy.length === 0 ? [] : [`  approved by ${approvedBy.join(", ")}`]),
    ...missing.map((line) => `  still needed: ${line}`),
    ...problems.map((problem) => `  ${printable(problem)}`),
    ...(hints[state] ?? []),
  ];
}

function verdictText(verdict: Exclude<PolicyCheck["verdict"], null | "none">): string {
  if (verdict === "both") return "permits more here and less there";
  if (verdict === "unknown") return "may differ: nothing is proven";
  return verdict === "widens" ? "permits more" : "permits less";
}
