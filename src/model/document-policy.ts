import { printable } from "../base/escape.ts";
import type { Problem } from "../base/problem.ts";
import { parseCommandPattern } from "./command-pattern.ts";
import type { ConditionsDocument, PolicyDocument, RuleDocument } from "./document-shapes.ts";
import type { Action } from "./effect.ts";
import { parseHostPattern, parseNamePattern } from "./name-pattern.ts";
import { parsePathPattern } from "./path-pattern.ts";
import type { Conditions, Policy, Rule, WhenCondition } from "./policy-set.ts";
import { riskRank } from "./risk.ts";
import type { YamlSource } from "./yaml.ts";

/** Ids that stand before the slash in the gate's own rules; no policy may take one. */
const reservedIds = new Set(["budget", "builtin", "gate", "otherwise"]);

/** Gives the rules of a policy whose schema holds as data, and what the schema cannot see. */
export function readPolicy(source: YamlSource): {
  policy: Omit<Policy, "budgets">;
  problems: Problem[];
} {
  const document = source.value as PolicyDocument;
  const reader = new PolicyReader(source);
  if (reservedIds.has(document.id)) {
    reader.refuse("/id", "reserved-id", `found the id \`${document.id}\`, which is the gate's own`);
  }
  const seen = new Set<string>();
  const rules = document.rules.map((rule, index) => {
    const pointer = `/rules/${index}`;
    if (seen.has(rule.id))
      reader.refuse(`${pointer}/id`, "duplicate-id", `found a second rule \`${rule.id}\``);
    seen.add(rule.id);
    return reader.rule(rule, pointer);
  });
  return { policy: { version: 1, id: document.id, rules }, problems: reader.problems };
}

class PolicyReader {
  readonly problems: Problem[] = [];
  readonly #source: YamlSource;

  constructor(source: YamlSource) {
    this.#source = source;
  }

  refuse(pointer: string, code: string, message: string): void {
    this.problems.push({ ...this.#source.at(pointer), code, message, hint: null });
  }

  rule(document: RuleDocument, pointer: string): Rule {
    const actions = many(document.action) ?? [];
    const isAllow = document.verdict === "allow";
    if (document.opaque === "allow" && !(isAllow && document.command !== undefined)) {
      const found = isAllow ? "no `command`" : `verdict \`${document.verdict}\``;
      const message = `found \`opaque: allow\` with ${found}, expected an allow rule that names commands`;
      this.refuse(`${pointer}/opaque`, "misfit", message);
    }
    const example = (kind: string) => (command: string, index: number) => ({
      command,
      at: this.#source.at(`${pointer}/${kind}/${index}`),
    });
    return {
      id: document.id,
      verdict: document.verdict,
      actions: [...new Set(actions)],
      reason: document.reason ?? null,
      allowsOpaque: document.opaque === "allow",
      ...this.#conditions(document, actions, pointer, !isAllow),
      unless:
        document.unless === undefined
          ? null
          : this.#conditions(document.unless, actions, `${pointer}/unless`, isAllow),
      match: (document.match ?? []).map(example("match")),
      notMatch: (document.not_match ?? []).map(example("not_match")),
      at: this.#source.at(pointer),
    };
  }

  /** `narrows`: where these conditions hold, the rule makes no decision looser. */
  #conditions(
    document: ConditionsDocument,
    actions: readonly Action[],
    pointer: string,
    narrows: boolean,
  ): Conditions {
    this.#fit(document, actions, pointer);
    if (!narrows && document.when?.after !== undefined) this.#refuseAfter(pointer);
    this.#patterns(`${pointer}/command`, document.command, parseCommandPattern);
    this.#patterns(`${pointer}/path`, document.path, parsePathPattern);
    this.#patterns(`${pointer}/host`, document.host, parseHostPattern);
    this.#patterns(`${pointer}/mcp`, document.mcp, parseNamePattern);
    this.#patterns(`${pointer}/agent`, document.agent, parseNamePattern);
    return {
      command: many(document.command),
      flags:
        document.flags === undefined
          ? null
          : { any: document.flags.any ?? null, none: document.flags.none ?? null },
      path: many(document.path),
      host: many(document.host),
      mcp: many(document.mcp),
      agent: many(document.agent),
      when: this.#when(document.when, pointer),
    };
  }

  #when(document: ConditionsDocument["when"], pointer: string): WhenCondition | null {
    if (document === undefined) return null;
    const { risk } = document;
    if (risk?.min != null && risk.max != null && riskRank(risk.min) > riskRank(risk.max)) {
      const message = `found min \`${risk.min}\` above max \`${risk.max}\`, which nothing meets`;
      this.refuse(`${pointer}/when/risk`, "never-matches", message);
    }
    return {
      risk:
        risk === undefined
          ? null
          : { min: risk.min ?? null, max: risk.max ?? null, any: risk.any ?? null, none: risk.none ?? null },
      direction: document.direction ?? null,
      subagent: document.subagent ?? null,
      after: many(document.after),
    };
  }

  /** Having done something must never permit more: whoever says too much of the past would open what it opens. */
  #refuseAfter(pointer: string): void {
    this.problems.push({
      ...this.#source.keyAt(`${pointer}/when/after`),
      code: "misfit",
      message:
        "found `after` where it would permit more, expected it only in deny and ask rules, or in `unless` of an allow rule",
      hint: "say what is asked or denied after it, in a rule of its own",
    });
  }

  /** Refuses a condition that some action of the rule has no resource for. */
  #fit(document: ConditionsDocument, actions: readonly Action[], pointer: string): void {
    const need = (
      key: string,
      present: boolean,
      fits: (action: Action) => boolean,
      expected: string,
    ): void => {
      const misfit = present ? actions.find((action) => !fits(action)) : undefined;
      if (misfit === undefined) return;
      const message = `found \`${key.split("/").at(-1)}\` in a rule about \`${misfit}\`, expected it only with ${expected}`;
      const hint = "write a rule of its own for each kind of action";
      this.problems.push({ ...this.#source.keyAt(`${pointer}/${key}`), code: "misfit", message, hint });
    };
    need("path", document.path !== undefined, (action) => action.startsWith("fs."), "fs actions");
    need("host", document.host !== undefined, (action) => action === "net.connect", "net.connect");
    need("mcp", document.mcp !== undefined, (action) => action === "mcp.call", "mcp.call");
    need("agent", document.agent !== undefined, (action) => action === "agent.spawn", "agent.spawn");
    need(
      "when/direction",
      document.when?.direction !== undefined,
      (action) => action === "net.connect",
      "net.connect",
    );
  }

  #patterns(
    pointer: string,
    patterns: string | readonly string[] | undefined,
    parse: (text: string) => unknown,
  ): void {
    for (const [index, pattern] of (many(patterns) ?? []).entries()) {
      const parsed = parse(pattern);
      if (typeof parsed !== "string") continue;
      const place = typeof patterns === "string" ? pointer : `${pointer}/${index}`;
      this.refuse(place, "wrong-pattern", `found the pattern \`${printable(pattern)}\`: ${parsed}`);
    }
  }
}

function many<T extends string>(value: T | readonly T[] | undefined): readonly T[] | null {
  if (value === undefined) return null;
  return typeof value === "string" ? [value] : value;
}
