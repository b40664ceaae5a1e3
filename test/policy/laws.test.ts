import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Effect } from "../../src/model/effect.ts";
import type { PolicySet, Rule } from "../../src/model/policy-set.ts";
import { isStricter, stricter, type Verdict } from "../../src/model/verdict.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { decide } from "../../src/policy/decide.ts";
import { analysis, effect, input, open, path, policySet } from "./calls.ts";

const verdict = fc.constantFrom<Verdict>("allow", "ask", "deny");

describe("stricter", () => {
  test("is commutative, associative, idempotent, with allow as its unit", () => {
    fc.assert(
      fc.property(verdict, verdict, verdict, (a, b, c) => {
        expect(stricter(a, b)).toBe(stricter(b, a));
        expect(stricter(a, stricter(b, c))).toBe(stricter(stricter(a, b), c));
        expect(stricter(a, a)).toBe(a);
        expect(stricter(a, "allow")).toBe(a);
      }),
    );
  });
});

const base = policySet("- { id: x, verdict: allow, action: fs.read }", "{shell.exec: ask, fs.read: ask}");
const none = {
  command: null,
  flags: null,
  path: null,
  host: null,
  mcp: null,
  agent: null,
  when: null,
  reason: null,
  match: [],
  notMatch: [],
  at: { file: "p", line: 1, column: 1 },
} as const;

const fileRule = fc.record({
  actions: fc.constantFrom(["fs.read"], ["fs.write", "fs.delete"], ["fs.read", "fs.write"]),
  path: fc.option(fc.subarray(["**", "a/**", "a/*", "**/b", "~/c/**", "/etc/*", ".e*"], { minLength: 1 })),
  command: fc.option(fc.constantFrom(["cat ..."], ["cp ...", "mv *"])),
});
const shellRule = fc.record({
  actions: fc.constant(["shell.exec"]),
  path: fc.constant(null),
  command: fc.option(
    fc.subarray(["git ...", "git push ...", "... -f", "npm {test,run}", "* x"], { minLength: 1 }),
  ),
});
const rule = fc
  .tuple(
    fc.oneof(fileRule, shellRule),
    verdict,
    fc.boolean(),
    fc.option(fc.constantFrom("git push x", "npm test", "... -f")),
  )
  .map(([{ actions, path: paths, command }, says, opaque, unless]) => {
    const relaxed = unless === null ? null : { ...none, command: [unless] };
    const allowsOpaque = opaque && says === "allow" && command !== null;
    return {
      ...none,
      id: "r",
      actions,
      path: paths,
      command,
      verdict: says,
      unless: relaxed,
      allowsOpaque,
    } as Rule;
  });

const word = fc.oneof(
  fc.constantFrom("git", "push", "npm", "test", "-f", "x", "cat"),
  fc.constantFrom(open([null]), open([null], true), open(["-", null])),
);
const place = fc.constantFrom(
  "/home/ada/repo/a/b",
  "/home/ada/repo",
  "/home/ada/c/d",
  "/etc/x",
  "/home/ada/repo/.env",
);
const resource = fc
  .tuple(place, fc.constantFrom("exact", "tree", "unknown", "glob"), fc.option(place))
  .map(([at, shape, real]) => path(shape === "glob" ? `${at}/*` : at, shape as "exact", real));
const opaque = fc.constantFrom<readonly string[]>([], ["unsure"]);
const command = fc.option(fc.constantFrom(0, 1));
const anyEffect = fc.oneof(
  fc.record({ action: fc.constantFrom("fs.read", "fs.write", "fs.delete"), resource, opaque, command }),
  fc.record({
    action: fc.constant("shell.exec"),
    resource: fc.constant({ kind: "command" }),
    opaque,
    command: fc.constantFrom(0, 1),
  }),
);
const anyCall = fc
  .tuple(
    fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
    fc.array(anyEffect, { minLength: 1, maxLength: 3 }),
  )
  .map(([chain, effects]) =>
    analysis(
      chain,
      effects.map((each) => effect(each.action as "fs.read", each.resource as Effect["resource"], each)),
    ),
  );

/** A rule that speaks, or is silent, once something was done; only where that makes it stricter. */
const rememberingRule = fc
  .tuple(rule, fc.subarray(["opaque", "privilege", "publishes"] as const, { minLength: 1 }))
  .map(([each, after]): Rule => {
    const when = { risk: null, direction: null, subagent: null, after };
    return each.verdict === "allow"
      ? { ...each, unless: { ...(each.unless ?? none), when } }
      : { ...each, when };
  });
const reasons = fc.subarray(["opaque", "privilege", "publishes", "reads-secret"] as const);

function withRules(rules: readonly Rule[]): PolicySet {
  const named = rules.map((each, index) => ({ ...each, id: `r${index}` }));
  return { ...base, policies: new Map([["p", { version: 1, id: "p", rules: named, budgets: [] }]]) };
}

describe("decide", () => {
  test("never permits more when a deny or ask rule is added", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), rule, anyCall, (rules, added, call) => {
        const before = decide(input(call), compilePolicySet(withRules(rules)));
        for (const says of ["ask", "deny"] as const) {
          const more = { ...added, verdict: says, allowsOpaque: false };
          const after = decide(input(call), compilePolicySet(withRules([...rules, more])));
          expect(isStricter(before.verdict, after.verdict)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("never depends on the order of rules", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), anyCall, (rules, call) => {
        const named = rules.map((each, index) => ({ ...each, id: `r${index}` }));
        const set = (list: readonly Rule[]): PolicySet => ({
          ...base,
          policies: new Map([["p", { version: 1, id: "p", rules: list, budgets: [] }]]),
        });
        const one = decide(input(call), compilePolicySet(set(named)));
        expect(decide(input(call), compilePolicySet(set([...named].reverse())))).toEqual(one);
      }),
      { numRuns: 150 },
    );
  });

  test("never permits more when more was done before, and least when it is not said", () => {
    fc.assert(
      fc.property(
        ...[fc.array(rememberingRule, { maxLength: 5 }), reasons, reasons, anyCall],
        (rules, some, more, call) => {
          const compiled = compilePolicySet(withRules(rules));
          const verdicts = [some, [...new Set([...some, ...more])].sort(), undefined].map(
            (after) =>
              decide({ ...input(call), ...(after === undefined ? {} : { after }) }, compiled).verdict,
          ) as [Verdict, Verdict, Verdict];
          expect(isStricter(verdicts[0], verdicts[1])).toBe(false);
          expect(isStricter(verdicts[1], verdicts[2])).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("is at least as strict for more effects, and gives a reason for every verdict", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), anyCall, (rules, call) => {
        const compiled = compilePolicySet(withRules(rules));
        const whole = decide(input(call), compiled);
        expect(whole.reasons[0]?.verdict).toBe(whole.verdict);
        let verdict: Verdict = "allow";
        for (const each of call.effects) {
          verdict = stricter(verdict, decide(input({ ...call, effects: [each] }), compiled).verdict);
        }
        expect(whole.verdict).toBe(verdict);
      }),
      { numRuns: 150 },
    );
  });
});
