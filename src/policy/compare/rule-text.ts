import type { Conditions, Rule } from "../../model/policy-set.ts";

const texts = new WeakMap<Rule, string>();

/**
 * Gives what a rule says of any of its actions, as text: two rules of one text speak of the same effects with the
 * same verdict. Names, reasons, examples and the order of alternatives are left out.
 */
export function ruleText(rule: Rule): string {
  const known = texts.get(rule);
  if (known !== undefined) return known;
  const { verdict, allowsOpaque, unless } = rule;
  const text = JSON.stringify([verdict, allowsOpaque, saying(rule), unless === null ? null : saying(unless)]);
  texts.set(rule, text);
  return text;
}

function saying({ command, flags, path, host, mcp, agent, when }: Conditions): unknown {
  return [
    inOrder(command),
    flags === null ? null : [inOrder(flags.any), inOrder(flags.none)],
    inOrder(path),
    inOrder(host),
    inOrder(mcp),
    inOrder(agent),
    when === null ? null : [when.direction, when.subagent, inOrder(when.after), risk(when)],
  ];
}

function risk({ risk }: NonNullable<Conditions["when"]>): unknown {
  return risk === null ? null : [risk.min, risk.max, inOrder(risk.any), inOrder(risk.none)];
}

function inOrder(texts: readonly string[] | null): readonly string[] | null {
  return texts === null || texts.length < 2 ? texts : [...new Set(texts)].sort();
}
