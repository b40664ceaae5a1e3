import { printable, shorten } from "../base/escape.ts";
import { inUnit } from "../model/budget.ts";
import { type Command, wordText } from "../model/command.ts";
import type { Analysis, Effect, PathResource } from "../model/effect.ts";
import { isUnder, type Places } from "../model/places.ts";
import type { DecisionBody, GivenTopUp, Receipt } from "../model/receipt.ts";
import { principalName } from "./principal-name.ts";

/** Columns a subject has at most, in code points. */
const longest = 100;
/** The words of a command that are looked at; a subject shows fewer. */
const mostWords = 60;

/**
 * Writes the first line of a receipt's commit: `deny  shell.exec  git push --force origin main`. Only mirror's own
 * words, ids, and what analysis redacted; nothing that could end the line or hide in it.
 */
export function receiptSubject(receipt: Receipt): string {
  return shorten(printable(subjectText(receipt)), longest);
}

function subjectText(receipt: Receipt): string {
  switch (receipt.kind) {
    case "genesis":
      return `genesis  ${receipt.genesis}`;
    case "adopt":
      return `adopt  epoch ${receipt.epoch}  ${receipt.commit.slice(0, 12)}  approved by ${receipt.approvedBy.join(", ")}`;
    case "decision":
      return decisionText(receipt);
    case "outcome":
      return `outcome  ${receipt.status}  ${receipt.tool}${receipt.decision === null ? "" : `  of ${receipt.decision}`}`;
    case "approval":
      return `approval  ${receipt.answer}  of ${receipt.ask}${receipt.consent === null ? "" : `  by ${receipt.consent.by}`}${receipt.grant === null ? "" : "  with a grant"}`;
    case "grant":
      return `grant  ${receipt.what}  ${receipt.topUp === null ? receipt.grant : topUpSummary(receipt.topUp)}`;
    case "spend":
      return `${receipt.what}  model.call  ${receipt.model}${receipt.reservation === null ? "" : `  of ${receipt.reservation}`}${receipt.report === undefined ? "" : `  by ${receipt.report.source}`}`;
    case "session":
      return `${receipt.what}  ${principalName(receipt)}`;
    case "gap":
      return `gap  ${receipt.cause}  ${receipt.count}`;
  }
}

function topUpSummary({ budget, unit, more, window }: GivenTopUp): string {
  return `${inUnit(unit, more)} ${unit} more of ${budget} (${window})`;
}

function decisionText({ decision, input }: DecisionBody): string {
  const effect = tellingEffect(input.analysis, decision.reasons[0]?.effects ?? []);
  const what =
    effect === null ? input.tool : `${effect.action}  ${effectText(input.analysis, effect, input.places)}`;
  return `${decision.verdict.padEnd(5)} ${what}`;
}

/** Gives the effect that tells most: the first that the deciding reason names, else the first there is. */
function tellingEffect(analysis: Analysis, named: readonly number[]): Effect | null {
  return analysis.effects[named[0] ?? 0] ?? analysis.effects[0] ?? null;
}

function effectText(analysis: Analysis, effect: Effect, places: Places): string {
  const { resource } = effect;
  switch (resource.kind) {
    case "path":
      return pathText(resource, places);
    case "host":
      return resource.host ?? "any host";
    case "command": {
      const command = effect.command === null ? undefined : analysis.commands[effect.command];
      return command === undefined ? "an unknown command" : commandText(command);
    }
    case "mcp":
      return `${resource.server}/${resource.tool}`;
    case "agent":
      return resource.type;
    case "tool":
      return resource.name;
  }
}

/** Writes a command for people; a word that is not plain stands in quotes, so that words cannot run together. */
export function commandText(command: Command): string {
  return command.argv
    .slice(0, mostWords)
    .map((word) => quoted(wordText(word)))
    .join(" ");
}

function quoted(word: string): string {
  return /^[^\s'"\\]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function pathText(resource: PathResource, places: Places): string {
  const { path, shape } = resource;
  if (shape === "unknown") return `any path (${path})`;
  return `${shortPath(path, places)}${shape === "tree" ? "/**" : ""}`;
}

function shortPath(path: string, places: Places): string {
  const root = places.repo.find((candidate) => isUnder(path, candidate));
  if (root !== undefined) return path === root ? "." : path.slice(root === "/" ? 1 : root.length + 1);
  if (places.home !== "/" && isUnder(path, places.home)) return `~${path.slice(places.home.length)}`;
  return path;
}
