import { describe, expect, test } from "vitest";
import type { PolicySet } from "../../src/model/policy-set.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { decide } from "../../src/policy/decide.ts";
import { analysis, decideWith, effect, input, open, path, policySet, runs, verdictOf } from "./calls.ts";

const repo = "/home/ada/repo";
const rule = (id: string, verdict: string, rest: string): string =>
  `- { id: ${id}, verdict: ${verdict}, ${rest} }`;
const read = (at: string) => effect("fs.read", path(`${repo}/${at}`));
const connect = (host: string | null, direction: "fetch" | "send" = "fetch") =>
  effect("net.connect", { kind: "host", host, direction });

describe("what may be denied is denied", () => {
  test("words that may become none at all are none to a deny of the whole command", () => {
    const rules = `${rule("all", "allow", "action: shell.exec")}\n${rule("no", "deny", `action: shell.exec, command: "git push"`)}`;
    expect(verdictOf(rules, runs(["git", "push", open([null], true)]))).toBe("deny");
    expect(verdictOf(rules, runs(["git", "push", "origin"]))).toBe("allow");
  });

  test("an accent written apart does not take a name from under its pattern", () => {
    const rules = `${rule("all", "allow", `action: fs.read, path: "**"`)}\n${rule("no", "deny", `action: fs.read, path: "n*"`)}`;
    for (const name of ["n\u0303ame", "name", "Name"])
      expect([name, verdictOf(rules, read(name))]).toEqual([name, "deny"]);
    expect(verdictOf(rules, read("\u00f1ame"))).toBe("deny");
    const composed = `${rule("all", "allow", `action: fs.read, path: "**"`)}\n${rule("no", "deny", `action: fs.read, path: "\u00f1*"`)}`;
    expect(verdictOf(composed, read("n\u0303ame"))).toBe("deny");
  });
});

describe("decide", () => {
  test("takes the strictest verdict over effects: deny > ask > allow > otherwise", () => {
    const rules = [
      rule("read", "allow", `action: fs.read, path: "**"`),
      rule("careful", "ask", `action: fs.read, path: "docs/**"`),
      rule("secret", "deny", `action: fs.read, path: "docs/secret/**"`),
    ].join("\n");
    expect(verdictOf(rules, read("src/a"))).toBe("allow");
    expect(verdictOf(rules, read("docs/a"))).toBe("ask");
    expect(verdictOf(rules, read("docs/secret/a"))).toBe("deny");
    expect(verdictOf(rules, analysis([], [read("src/a"), read("docs/a")]))).toBe("ask");
    expect(verdictOf(rules, analysis([], [read("docs/secret/a"), read("docs/a")]))).toBe("deny");
    expect(verdictOf(rules, effect("fs.write", path(`${repo}/a`)))).toBe("deny");
    expect(verdictOf(rules, effect("fs.write", path(`${repo}/a`)), "{fs.write: ask}")).toBe("ask");
  });

  test("says why, the strictest first, merged by rule, each on one line", () => {
    const rules = [
      rule("read", "allow", `action: fs.read, path: "**"`),
      rule("secret", "deny", `action: fs.read, path: "docs/**", reason: "not for agents"`),
    ].join("\n");
    const effects = [effect("fs.write", path(`${repo}/x`)), read("docs/a\nb"), read("docs/c"), read("src")];
    expect(decideWith(rules, analysis([], effects), "{fs.write: ask}").reasons).toEqual([
      {
        rule: "p/secret",
        verdict: "deny",
        message: "reads `docs/a\\nb` and 1 more: not for agents",
        effects: [1, 2],
      },
      { rule: "otherwise/fs.write", verdict: "ask", message: "writes `x`: no rule allows it", effects: [0] },
    ]);
    expect(decideWith(rules, read("src")).reasons).toEqual([
      { rule: "p/read", verdict: "allow", message: "reads `src`", effects: [0] },
    ]);
  });

  test("denies an agent that no binding names, and a subagent like its agent", () => {
    const compiled = compilePolicySet(policySet(rule("read", "allow", `action: fs.read, path: "**"`)));
    expect(decide(input(read("a"), { agent: "other" }), compiled).reasons[0]?.rule).toBe("gate/unbound");
    expect(decide(input(read("a"), { agent: "__proto__" }), compiled).verdict).toBe("deny");
    expect(decide(input(read("a"), { subagent: "explore" }), compiled).verdict).toBe("allow");
  });

  describe("unenrolled and unattended in mirror.yaml", () => {
    const rules = [
      rule("read", "allow", `action: fs.read, path: "**"`),
      rule("keys", "ask", `action: fs.read, path: "*.key"`),
    ].join("\n");
    const set = (more: Partial<PolicySet["config"]>): PolicySet => {
      const base = policySet(rules);
      const gates = [{ id: "g1", file: "keys/g1.pub", fingerprint: "SHA256:x", revoked: null }];
      return { ...base, config: { ...base.config, ...more }, trust: { ...base.trust, gates } };
    };
    const nobody = { unattended: "permission mode `dontAsk`" };

    test("deny for a gate that trust.yaml does not enrol, whoever asks", () => {
      const strict = set({ unenrolled: "deny" });
      expect(decide(input(read("a")), compilePolicySet(strict, "g1")).verdict).toBe("allow");
      expect(decide(input(read("a")), compilePolicySet(strict)).verdict).toBe("allow");
      expect(decide(input(read("a")), compilePolicySet(set({}), "g2")).verdict).toBe("allow");
      const { verdict, reasons } = decide(input(read("a")), compilePolicySet(strict, "g2"));
      expect(verdict).toBe("deny");
      expect(reasons).toMatchObject([{ rule: "gate/unenrolled", message: expect.stringContaining("`g2`") }]);
    });

    test("deny what asks while nobody is there, and nothing else", () => {
      const strict = compilePolicySet(set({ unattended: "deny" }));
      expect(decide(input(read("a.key")), strict).verdict).toBe("ask");
      expect(decide(input(read("a.key"), nobody), compilePolicySet(set({}))).verdict).toBe("ask");
      expect(decide(input(read("a"), nobody), strict).verdict).toBe("allow");
      const { verdict, reasons } = decide(input(read("a.key"), nobody), strict);
      expect(verdict).toBe("deny");
      expect(reasons.map((reason) => [reason.rule, reason.verdict])).toEqual([
        ["gate/unattended", "deny"],
        ["p/keys", "ask"],
      ]);
      expect(reasons[0]?.message).toContain(
        "p/keys asks, and nobody is there to answer (permission mode `dontAsk`)",
      );
    });
  });

  test("denies what should not happen", () => {
    const rules = rule("all", "allow", "action: [fs.read, net.connect, shell.exec]");
    for (const broken of [
      analysis([], []),
      analysis([], [effect("fs.read", { kind: "tool", name: "x" })]),
      analysis([], [effect("net.connect", path("/x"))]),
      analysis([], [effect("shell.exec", { kind: "command" }, { command: 3 })]),
    ]) {
      expect(decideWith(rules, broken).reasons[0]?.rule).toBe("gate/evaluator");
    }
  });
});

describe("opaque", () => {
  const opaque = { opaque: ["it runs code"] };
  const listed = rule("make", "allow", `action: shell.exec, command: "make ..."`);
  const accepted = rule("make", "allow", `action: shell.exec, command: "make ...", opaque: allow`);

  test("is never allowed by a rule that did not say so", () => {
    expect(verdictOf(listed, runs("make all"))).toBe("allow");
    const decision = decideWith(listed, runs("make all", opaque), "{shell.exec: ask}");
    expect(decision.verdict).toBe("ask");
    expect(decision.reasons[0]).toMatchObject({ rule: "gate/opaque", verdict: "ask" });
    expect(decision.reasons[0]?.message).toContain("it runs code");
    expect(verdictOf(listed, runs("make all", opaque))).toBe("deny");
    expect(verdictOf(accepted, runs("make all", opaque))).toBe("allow");
  });

  test("`opaque: allow` covers what its command runs, not what that does to files and hosts", () => {
    const inner = (...effects: Parameters<typeof analysis>[1]) =>
      analysis(["make all", "node x.js"], effects);
    const exec = effect("shell.exec", { kind: "command" }, { command: 1 });
    expect(verdictOf(accepted, inner(exec))).toBe("allow");
    expect(verdictOf(accepted, inner({ ...exec, ...opaque }))).toBe("allow");
    expect(verdictOf(listed, inner(exec))).toBe("deny");
    expect(verdictOf(accepted, inner(exec, effect("fs.write", path(`${repo}/a`), { command: 1 })))).toBe(
      "deny",
    );
    expect(verdictOf(accepted, inner(exec, { ...connect("x.io"), command: 1 }))).toBe("deny");
    expect(
      verdictOf(
        accepted,
        analysis(["node x.js", "make all"], [effect("shell.exec", { kind: "command" }, { command: 0 })]),
      ),
    ).toBe("deny");
  });

  test("a change of an unknown path is never let through unasked", () => {
    const rules = `- { id: make, verdict: allow, action: [shell.exec, fs.write], command: "make ...", opaque: allow }`;
    const write = effect("fs.write", path("$x", "unknown"), { command: 0, ...opaque });
    expect(verdictOf(rules, analysis(["make all"], [write]), "{fs.write: ask}")).toBe("ask");
    const known = effect("fs.write", path(`${repo}/a`), { command: 0 });
    expect(verdictOf(rules, analysis(["make all"], [known]), "{fs.write: ask}")).toBe("allow");
  });
});

describe("conditions", () => {
  test("deny looks at every command that led to an effect, allow at the innermost", () => {
    const chain = analysis(
      ["bash -c x", "git push --force"],
      [effect("shell.exec", { kind: "command" }, { command: 1 })],
    );
    const allow = rule("all", "allow", `action: shell.exec, command: ["git ...", "bash ..."]`);
    expect(verdictOf(allow, chain)).toBe("allow");
    expect(verdictOf(rule("bash", "allow", `action: shell.exec, command: "bash ..."`), chain)).toBe("deny");
    expect(
      verdictOf(`${allow}\n${rule("no", "deny", `action: shell.exec, command: "bash ..."`)}`, chain),
    ).toBe("deny");
    expect(
      verdictOf(
        `${allow}\n${rule("no", "ask", `action: shell.exec, command: "git push ...", flags: {any: [-f, --force]}`)}`,
        chain,
      ),
    ).toBe("ask");
  });

  test("`unless` relaxes a deny only where it surely holds, and takes an allow back where it may", () => {
    const deny = (unless: string) =>
      [
        rule("all", "allow", "action: shell.exec"),
        rule("no", "deny", `action: shell.exec, command: "git push ...", unless: ${unless}`),
      ].join("\n");
    expect(verdictOf(deny(`{command: "git push --dry-run"}`), runs("git push --dry-run"))).toBe("allow");
    expect(verdictOf(deny(`{command: "git push --dry-run"}`), runs(["git", "push", open([null])]))).toBe(
      "deny",
    );
    expect(verdictOf(deny("{flags: {any: [--dry-run]}}"), runs("git push --dry"))).toBe("deny");
    const allow = rule("all", "allow", `action: shell.exec, unless: {command: "git push ..."}`);
    expect(verdictOf(allow, runs("git status"))).toBe("allow");
    expect(verdictOf(allow, runs("git push"))).toBe("deny");
    expect(verdictOf(allow, runs(["git", open([null])]))).toBe("deny");
    const paths = rule("no", "deny", `action: fs.read, path: "**", unless: {path: "src/**"}`);
    const all = rule("all", "allow", "action: fs.read");
    expect(verdictOf(`${paths}\n${all}`, read("src/a"))).toBe("allow");
    expect(
      verdictOf(`${paths}\n${all}`, effect("fs.read", path(`${repo}/src/a`, "exact", `${repo}/lib/a`))),
    ).toBe("deny");
  });

  test("hosts match by label; an unknown host is any", () => {
    const allow = (hosts: string) => rule("net", "allow", `action: net.connect, host: ${hosts}`);
    expect(verdictOf(allow("example.com"), connect("example.com"))).toBe("allow");
    expect(verdictOf(allow("example.com"), connect("EXAMPLE.com."))).toBe("allow");
    expect(verdictOf(allow("example.com"), connect("a.example.com"))).toBe("deny");
    expect(verdictOf(allow("'*.example.com'"), connect("a.b.example.com"))).toBe("allow");
    expect(verdictOf(allow("'*.example.com'"), connect("example.com"))).toBe("deny");
    expect(verdictOf(allow("'*.example.com'"), connect("evilexample.com"))).toBe("deny");
    expect(verdictOf(allow("'127.*.*.*'"), connect("127.0.0.1"))).toBe("allow");
    expect(verdictOf(allow("'*.com'"), connect(null))).toBe("deny");
    expect(verdictOf(allow("'*'"), connect(null))).toBe("allow");
    expect(
      verdictOf(
        `${allow("'*'")}\n${rule("no", "deny", "action: net.connect, host: evil.io")}`,
        connect(null),
      ),
    ).toBe("deny");
    expect(
      verdictOf(
        `${allow("'*'")}\n${rule("no", "deny", "action: net.connect, host: evil.io")}`,
        connect("good.io"),
      ),
    ).toBe("allow");
    expect(
      verdictOf(
        rule("get", "allow", `action: net.connect, when: {direction: fetch}`),
        connect("x.io", "send"),
      ),
    ).toBe("deny");
  });

  test("MCP tools and subagents match by name", () => {
    const call = effect("mcp.call", { kind: "mcp", server: "github", tool: "create_issue" });
    expect(verdictOf(rule("m", "allow", "action: mcp.call, mcp: 'github/*_issue'"), call)).toBe("allow");
    expect(verdictOf(rule("m", "allow", "action: mcp.call, mcp: 'github/get_*'"), call)).toBe("deny");
    expect(verdictOf(rule("m", "allow", "action: mcp.call, mcp: github"), call)).toBe("allow");
    const spawn = effect("agent.spawn", { kind: "agent", type: "Explore" });
    expect(verdictOf(rule("a", "allow", "action: agent.spawn, agent: '{Explore,Plan}'"), spawn)).toBe(
      "allow",
    );
    expect(verdictOf(rule("a", "allow", "action: agent.spawn, agent: Plan"), spawn)).toBe("deny");
  });

  test("risk levels are the effect's, reasons the call's where that is stricter", () => {
    const secret = { ...read(".env"), risk: { level: "high", reasons: ["reads-secret"] } } as const;
    const fetches = rule("get", "allow", "action: net.connect, when: {risk: {none: [reads-secret]}}");
    const reads = rule("read", "allow", "action: fs.read");
    expect(verdictOf(`${fetches}\n${reads}`, analysis([], [connect("x.io"), read("a")]))).toBe("allow");
    expect(verdictOf(`${fetches}\n${reads}`, analysis([], [connect("x.io"), secret]))).toBe("deny");
    const high = rule("high", "ask", "action: fs.read, when: {risk: {min: high}}");
    expect(verdictOf(`${high}\n${reads}`, secret)).toBe("ask");
    expect(verdictOf(`${high}\n${reads}`, read("a"))).toBe("allow");
    expect(verdictOf(rule("low", "allow", "action: fs.read, when: {risk: {max: medium}}"), secret)).toBe(
      "deny",
    );
  });

  test("a condition may tell subagents from the agent itself", () => {
    const compiled = compilePolicySet(
      policySet(rule("r", "allow", `action: fs.read, when: {subagent: false}`)),
    );
    expect(decide(input(read("a")), compiled).verdict).toBe("allow");
    expect(decide(input(read("a"), { subagent: "explore" }), compiled).verdict).toBe("deny");
  });
});
