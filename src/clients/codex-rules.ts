import type { Verdict } from "../model/verdict.ts";
import { type ClientRule, type RuleFile, type RuleReading, refusedReading } from "./client-rule.ts";
import { readCommandPrefix } from "./command-rule.ts";
import { readStarlarkCalls, type StarlarkCall, type StarlarkValue } from "./starlark-calls.ts";
import { unreadRule } from "./unread-rule.ts";

const verdicts: ReadonlyMap<StarlarkValue, Verdict> = new Map([
  ["allow", "allow"],
  ["prompt", "ask"],
  ["forbidden", "deny"],
]);

/** The arguments that a call may have. */
const argumentsOf: Readonly<Record<string, readonly string[]>> = {
  prefix_rule: ["pattern", "decision", "justification", "match", "not_match"],
  network_rule: ["host", "protocol", "decision", "justification"],
  host_executable: ["name", "paths"],
};

/**
 * Reads the rules of Codex's `.rules` files; of all that match, the strictest decides. Codex takes no rule from
 * anywhere while one file has a mistake. Source: the client's documentation.
 */
export function readCodexRules(files: readonly RuleFile[]): ClientRule[] {
  const read = files.map((file) => ({ file, found: readStarlarkCalls(file.text) }));
  const bound = new Set<StarlarkValue>();
  for (const { found } of read)
    for (const each of found)
      if ("name" in each && each.name === "host_executable") bound.add(each.values.get("name") ?? "");
  return read.flatMap(({ file, found }) =>
    found.flatMap((each) => {
      if ("problem" in each) return [unreadRule(file, each.place, each.problem)];
      const rule = readRule(file, each, bound);
      if (typeof rule === "string") return [unreadRule(file, each.place, rule)];
      return rule === null ? [] : [rule];
    }),
  );
}

/** Null: it says something of other rules only. A text: what is wrong. */
function readRule(
  file: RuleFile,
  call: StarlarkCall,
  bound: ReadonlySet<StarlarkValue>,
): ClientRule | string | null {
  const { name, values, place } = call;
  const known = Object.hasOwn(argumentsOf, name) ? argumentsOf[name] : undefined;
  if (known === undefined) return `\`${name}\` is none of ${Object.keys(argumentsOf).join(", ")}`;
  const odd = [...values.keys()].find((key) => !known.includes(key));
  if (odd !== undefined) return `\`${name}\` has no argument \`${odd}\``;
  if (name === "host_executable") return null;
  const isNetwork = name === "network_rule";
  const decision = values.get("decision") ?? "allow";
  const verdict = isNetwork && decision === "deny" ? "deny" : verdicts.get(decision);
  if (verdict === undefined) return "its `decision` is none of allow, prompt, forbidden";
  const reason = values.get("justification") ?? null;
  if (reason !== null && (typeof reason !== "string" || reason.trim() === ""))
    return "its `justification` is no text";
  const read = isNetwork ? readNetwork(verdict, values) : readPrefix(verdict, values, bound);
  if (typeof read === "string") return read;
  return { verdict, at: `${file.name}:${place.line}`, rank: 0, reason, ...read };
}

type ReadText = Pick<ClientRule, "text" | "reading"> | string;

function readPrefix(
  verdict: Verdict,
  values: StarlarkCall["values"],
  bound: ReadonlySet<StarlarkValue>,
): ReadText {
  const pattern = values.get("pattern");
  if (!Array.isArray(pattern) || pattern.length === 0) return "its `pattern` is no list of words";
  const words = pattern.map(textsOf);
  if (!words.every((texts) => texts !== null))
    return "a word of its `pattern` is no text and no list of texts";
  if (!examplesHold(words, values)) return "its `match` and `not_match` do not hold of its `pattern`";
  const isBound = verdict === "allow" && words[0]?.some((text) => bound.has(text)) === true;
  const reading = isBound
    ? refusedReading(
        { actions: ["shell.exec"], words },
        "`host_executable` says which files its program may be, and mirror knows a program by its name",
      )
    : readCommandPrefix(verdict, { words, parsed: true });
  return { text: JSON.stringify(pattern), reading };
}

function textsOf(value: StarlarkValue): readonly string[] | null {
  if (typeof value === "string") return [value];
  const texts = value.filter((each) => typeof each === "string");
  return texts.length === value.length && texts.length > 0 ? texts : null;
}

/** Codex loads no rule while one misses its own examples. What only a shell can cut into words is not looked at. */
function examplesHold(words: readonly (readonly string[])[], values: StarlarkCall["values"]): boolean {
  const matches = (argv: readonly string[]): boolean =>
    words.every((texts, index) => {
      const word = argv[index];
      if (word === undefined) return false;
      // A program by its path is found by its name, too.
      const name = index === 0 && word.startsWith("/") ? word.slice(word.lastIndexOf("/") + 1) : word;
      return texts.includes(word) || texts.includes(name);
    });
  return (["match", "not_match"] as const).every((key) => {
    const examples = values.get(key) ?? [];
    if (typeof examples === "string") return false;
    return examples.every((example) => {
      const argv = typeof example === "string" ? plainWords(example) : textsOf(example);
      return argv === null || matches(argv) === (key === "match");
    });
  });
}

/** Null: it holds quotes or the like. */
function plainWords(text: string): readonly string[] | null {
  return /["'\\#]/.test(text) ? null : text.split(/\s+/).filter((word) => word !== "");
}

function readNetwork(verdict: Verdict, values: StarlarkCall["values"]): ReadText {
  const host = values.get("host");
  const protocol = values.get("protocol");
  if (typeof host !== "string" || typeof protocol !== "string") return "its `host` or `protocol` is no text";
  return { text: `${protocol}://${host}`, reading: readHost(verdict, host) };
}

function readHost(verdict: Verdict, host: string): RuleReading {
  const subject = { actions: ["net.connect"], words: [[host.toLowerCase()]] } as const;
  if (verdict === "allow")
    return refusedReading(subject, "mirror knows no protocol of a host, and would allow each");
  if (!/^[a-z0-9.-]+$/i.test(host)) return refusedReading(subject, "its host is no plain name");
  const remarks = ["it holds for every protocol"];
  return {
    subject,
    made: { conditions: { action: ["net.connect"], host: [host] }, examples: [], remarks },
    unsafe: null,
  };
}
