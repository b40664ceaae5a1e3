import { analyseCommand } from "../../analysis/analyse.ts";
import { noWorld } from "../../analysis/world.ts";
import { printable, shorten } from "../../base/escape.ts";
import {
  type ClientRule,
  type MadeRule,
  mayMeet,
  type RuleConditions,
  type Subject,
} from "../../clients/client-rule.ts";
import { parsePolicySet } from "../../model/documents.ts";
import { isStricter, type Verdict } from "../../model/verdict.ts";
import { examplePlaces, ruleMatches } from "../../policy/examples.ts";

/** What became of a client's rules. */
export interface CarriedRules {
  readonly taken: readonly TakenRule[];
  readonly refused: readonly RefusedRule[];
  /** Rules, taken or not, that were unsafe as the client reads them. */
  readonly unsafe: readonly RefusedRule[];
}

/** A rule that became one of mirror's. */
export interface TakenRule {
  /** Its id in the policy. */
  readonly id: string;
  readonly from: string;
  readonly at: string;
  readonly remarks: readonly string[];
  /** As it stands in the policy. */
  readonly text: string;
}

/** A rule that did not, and why. */
export interface RefusedRule {
  readonly from: string;
  readonly at: string;
  readonly why: string;
}

interface Candidate {
  readonly rule: ClientRule & { readonly verdict: Verdict };
  readonly made: MadeRule;
}

/** A rule that may stop something and is not taken, and what it may speak of. */
interface Lost {
  readonly rule: ClientRule;
  readonly subject: Subject;
}

/**
 * Carries a client's rules over so that nothing is allowed which the client would not allow: a rule that says something
 * else in mirror is left, and so is an allow over which one that is left may have won.
 */
export function carryOver(rules: readonly ClientRule[]): CarriedRules {
  const candidates: Candidate[] = [];
  const refused: RefusedRule[] = [];
  const lost: Lost[] = [];
  const refuse = (rule: ClientRule, why: string): void => {
    refused.push({ ...nameOf(rule), why });
  };
  for (const rule of rules) {
    const { made } = rule.reading;
    const why =
      "refused" in made ? made.refused : rule.verdict === null ? "" : whyItDiffers(rule.verdict, made);
    if (why === null && rule.verdict !== null && "conditions" in made) {
      candidates.push({ rule: { ...rule, verdict: rule.verdict }, made });
      continue;
    }
    refuse(rule, why ?? "");
    if (rule.verdict !== "allow") lost.push({ rule, subject: looseSubject(rule, "conditions" in made) });
  }
  const kept = candidates.filter(({ rule }) => {
    const over = rule.verdict === "allow" ? lost.find((each) => mayWinOver(each, rule))?.rule : undefined;
    if (over !== undefined) {
      const left = over.verdict === null ? "could not be read" : "is not taken";
      refuse(rule, `${nameOf(over).from} (${over.at}) ${left}, and may speak of the same call`);
    }
    return over === undefined;
  });
  return { taken: write(kept, refuse), refused, unsafe: unsafeOf(rules) };
}

function nameOf({ verdict, text, at }: ClientRule): { readonly from: string; readonly at: string } {
  const shown = shorten(text, 160);
  return { from: verdict === null ? shown : `${verdict}: ${shown}`, at };
}

function mayWinOver({ rule, subject }: Lost, allow: ClientRule): boolean {
  return rule.rank >= allow.rank && mayMeet(subject, allow.reading.subject);
}

/** mirror moves options that come before a subcommand: of the words from an option on, none is sure to stand there. */
function looseSubject({ reading }: ClientRule, isReadInAnotherWay: boolean): Subject {
  const { actions, words } = reading.subject;
  const option = words.findIndex((texts) => texts?.some((text) => text.startsWith("-")) === true);
  if (option >= 0) return { actions, words: words.slice(0, option) };
  return { actions, words: isReadInAnotherWay ? [] : words };
}

function unsafeOf(rules: readonly ClientRule[]): RefusedRule[] {
  return rules.flatMap((rule) =>
    rule.reading.unsafe === null ? [] : [{ ...nameOf(rule), why: rule.reading.unsafe }],
  );
}

/** Says why mirror would read the rule in another way; null: it does not. */
function whyItDiffers(verdict: Verdict, { conditions, examples }: MadeRule): string | null {
  // What an allow covers depends on what else the command does: whether it speaks of the command is asked as a deny.
  const text = policyText("import", [ruleText("rule", "deny", conditions, "imported")]);
  const { set, problems } = parsePolicySet(
    new Map([
      ["mirror.yaml", Buffer.from("version: 1\npolicy_branch: main\n")],
      ["policies/import.yaml", Buffer.from(text)],
    ]),
    { unsigned: true },
  );
  const rule = set?.policies.get("import")?.rules[0];
  if (rule === undefined) return problems[0]?.message ?? "mirror reads no rule in it";
  const missed = examples.find(
    (command) =>
      !ruleMatches(
        "import",
        rule,
        analyseCommand(command, { cwd: "/repo", places: examplePlaces, world: noWorld }),
      ),
  );
  if (missed === undefined) return null;
  const what = verdict === "allow" ? "allow" : "stop";
  return `mirror puts the words of \`${shorten(missed, 60)}\` in another way, and it would not ${what} that`;
}

/** Writes the rules, each meaning once: of two with the same conditions, only the one that wins. */
function write(
  candidates: readonly Candidate[],
  refuse: (rule: ClientRule, why: string) => void,
): TakenRule[] {
  const byMeaning = new Map<string, Candidate>();
  const meaning = ({ made }: Candidate): string => JSON.stringify(made.conditions);
  for (const each of candidates) {
    const other = byMeaning.get(meaning(each));
    if (other === undefined || beats(each.rule, other.rule)) byMeaning.set(meaning(each), each);
  }
  const winners = [...byMeaning.values()];
  for (const each of candidates) {
    const winner = byMeaning.get(meaning(each));
    if (winner !== undefined && winner !== each)
      refuse(each.rule, `${nameOf(winner.rule).from} (${winner.rule.at}) is about the same, and wins`);
  }
  const allows = winners.filter(({ rule }) => rule.verdict === "allow");
  return winners.map(({ rule, made }, index) => {
    const id = `${rule.verdict}-${index + 1}`;
    const over = rule.verdict === "allow" ? [] : allows.filter((allow) => isWonOver(rule, allow.rule));
    const places = [...new Set(over.map((allow) => allow.rule.at))];
    const remark = `it does not speak where by priority an allow wins: ${shorten(places.join(", "), 200)}`;
    return {
      id,
      ...nameOf(rule),
      remarks: over.length === 0 ? made.remarks : [...made.remarks, remark],
      text: ruleText(id, rule.verdict, { ...made.conditions, ...exceptions(over) }, reasonOf(rule)),
    };
  });
}

function beats(one: Candidate["rule"], other: Candidate["rule"]): boolean {
  return one.rank === other.rank ? isStricter(one.verdict, other.verdict) : one.rank > other.rank;
}

/** Where the client goes by order. In mirror the stricter wins, and has to say itself where it does not speak. */
function isWonOver(strict: ClientRule, allow: ClientRule): boolean {
  return allow.rank > strict.rank && mayMeet(allow.reading.subject, strict.reading.subject);
}

/** Rules that meet are about the same action, and so have conditions of the same kind. */
function exceptions(allows: readonly Candidate[]): Pick<RuleConditions, "unless"> {
  const kinds = (["command", "path", "host", "mcp", "agent"] as const).flatMap((kind) => {
    const patterns = allows.flatMap(({ made }) => made.conditions[kind] ?? []);
    return patterns.length === 0 ? [] : [[kind, [...new Set(patterns)]]];
  });
  return kinds.length === 0 ? {} : { unless: Object.fromEntries(kinds) };
}

function reasonOf({ reason, text, at }: ClientRule): string {
  const source = `imported from ${at}: ${text}`;
  return shorten(printable(reason === null ? source : `${reason} (${source})`), 500);
}

/** Writes a policy of rules that are written. */
export function policyText(id: string, rules: readonly string[]): string {
  return ["version: 1", `id: ${id}`, "rules:", ...rules, ""].join("\n");
}

function ruleText(id: string, verdict: Verdict, conditions: RuleConditions, reason: string): string {
  const lines = Object.entries(conditions).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`);
  return [`  - id: ${id}`, `    verdict: ${verdict}`, ...lines, `    reason: ${JSON.stringify(reason)}`].join(
    "\n",
  );
}
