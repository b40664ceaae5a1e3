import type { GivenAnswer, WaitingAsk } from "../app/approvals.ts";
import type { AddedGrant } from "../app/granted.ts";
import type { GrantView } from "../app/live-grants.ts";
import { printable } from "../base/escape.ts";
import { columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Shows what waits for an answer, and how to give one. */
export function asksPage(asks: readonly WaitingAsk[], style: Style): string[] {
  const [first] = asks;
  if (first === undefined) return ["Nothing waits for an answer."];
  return [
    ...asks.flatMap((ask) => askLines(ask, style)),
    "",
    `Answer: mirror approvals answer ${first.id} --allow`,
  ];
}

/** Shows one ask in full. */
export function askLines(ask: WaitingAsk, style: Style): string[] {
  const { id, agent, subagent, tool, risk, reasons, until, offer } = ask;
  const who = subagent === null ? agent : `${agent}/${subagent}`;
  return [
    `${style.bold(`ask ${id}`)}  ${printable(who)}  ${printable(tool)}  ${risk} risk  ${style.dim(`waits until ${clock(until)}`)}`,
    ...reasons.map((reason) => `  ${printable(reason)}`),
    ...(offer === null
      ? ["  once only: what it does cannot be named exactly"]
      : ["  with --for 1h or session it amounts to", ...offer.map((rule) => `    ${printable(rule)}`)]),
  ];
}

/** Shows what became of an answer. */
export function answerLines({ id, agent, answer, by, receipt, granted, times }: GivenAnswer): string[] {
  const done = answer === "allow" ? "allowed" : "denied";
  return [
    `Ask ${id} is ${done} by ${by}; receipt ${receipt} holds the signature.`,
    ...(granted === null
      ? []
      : [
          `Until ${clock(granted.until)} these are allowed, too:`,
          ...granted.rules.map((rule) => `  ${printable(rule)}`),
          `Take it back: mirror grants revoke ${receipt}`,
        ]),
    ...(answer === "allow" && times >= often
      ? [`That kind was allowed ${times} times lately: mirror policy suggest --agent ${printable(agent)}`]
      : []),
  ];
}

/** From so many times on, what is allowed is worth a rule. */
const often = 3;

/** Shows the grants that hold. */
export function grantsPage(grants: readonly GrantView[], style: Style): string[] {
  if (grants.length === 0) return ["No grant holds."];
  return columns(
    grants.flatMap(({ id, agent, subagent, session, allows, until }) =>
      allows.map((rule) => [
        String(id),
        printable(subagent === null ? agent : `${agent}/${subagent}`),
        printable(rule),
        { text: `until ${clock(until)}${session === null ? "" : ", in its session"}`, paint: style.dim },
      ]),
    ),
  );
}

/** Shows what more of a budget was granted. */
export function addedLines({ receipt, by, allows, until }: AddedGrant): string[] {
  return [
    `${printable(allows)}, until ${until.slice(0, 10)} ${clock(until)}; signed by ${by}, receipt ${receipt}.`,
    `Take it back: mirror grants revoke ${receipt}`,
  ];
}

function clock(time: string): string {
  return `${time.slice(11, 16)} UTC`;
}
