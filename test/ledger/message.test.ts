import fc from "fast-check";
import { expect, test } from "vitest";
import { receiptMessage } from "../../src/ledger/message.ts";
import type { Effect, Resource } from "../../src/model/effect.ts";
import type { DecisionBody, Receipt, ReceiptBody } from "../../src/model/receipt.ts";
import { lastParagraph } from "../../src/trust/trailers.ts";
import { decisionBody, session } from "./ledger-world.ts";

const digest = `sha256:${"d".repeat(64)}`;

function message(body: ReceiptBody): string {
  const receipt: Receipt = {
    version: 1,
    gate: "gate-1",
    seq: 7,
    time: "2026-11-23T06:35:00.000Z",
    prev: null,
    policySet: `sha256:${"b".repeat(64)}`,
    epoch: 2,
    lineage: "c".repeat(64),
    assurance: "hook",
    engine: "0.1.0",
    ...body,
  };
  return receiptMessage(receipt, digest);
}

function about(
  resource: Resource,
  action: Effect["action"],
  verdict: "allow" | "ask" | "deny" = "allow",
): DecisionBody {
  const body = decisionBody(["cat", ".env"]);
  const risk = { level: "low", reasons: [] } as const;
  const effects: Effect[] = [{ action, resource, opaque: [], command: null, risk }];
  return {
    ...body,
    input: { ...body.input, analysis: { commands: [], effects, risk } },
    decision: { verdict, reasons: [] },
  };
}

const subject = (body: ReceiptBody): string => message(body).split("\n")[0] ?? "";
const path = (text: string, shape: "exact" | "tree" | "unknown" = "exact"): Resource => ({
  kind: "path",
  shape,
  path: text,
  real: null,
});

test("the whole message of a decision", () => {
  expect(message(decisionBody(["git", "push", "--force", "origin", "main"]))).toBe(`\
deny  shell.exec  git push --force origin main

  deny  base/no-force: it rewrites what others have
  risk    high (rewrites-history)
  tool    Bash: git push --force origin main
  session session-1

Mirror-Receipt: ${digest}
Mirror-Kind: decision
Mirror-Agent: coder
Mirror-Decision: deny
Mirror-Policy-Set: sha256:${"b".repeat(64)}
Mirror-Epoch: 2
Mirror-Seq: 7
`);
});

test("subjects name what tells most", () => {
  expect(subject(about(path("/work/app/src/a b.ts"), "fs.write"))).toBe("allow fs.write  src/a b.ts");
  expect(subject(about(path("/work/app", "tree"), "fs.delete", "deny"))).toBe("deny  fs.delete  ./**");
  expect(subject(about(path("/home/ada/.ssh/id"), "fs.read", "ask"))).toBe("ask   fs.read  ~/.ssh/id");
  expect(subject(about(path("/etc/passwd"), "fs.read"))).toBe("allow fs.read  /etc/passwd");
  expect(subject(about(path("$X", "unknown"), "fs.read"))).toBe("allow fs.read  any path ($X)");
  const host = { kind: "host", host: "x.io", direction: "fetch" } as const;
  expect(subject(about(host, "net.connect"))).toBe("allow net.connect  x.io");
  expect(subject(about({ kind: "mcp", server: "github", tool: "search" }, "mcp.call"))).toBe(
    "allow mcp.call  github/search",
  );
  expect(subject(about({ kind: "command" }, "shell.exec"))).toBe("allow shell.exec  an unknown command");
  expect(subject(decisionBody(["echo", "a b", "it's", ""]))).toBe(
    "deny  shell.exec  echo 'a b' 'it'\\''s' ''",
  );
  expect(subject(session("s"))).toBe("session-start  coder");
  expect(subject({ kind: "gap", agent: null, cause: "overloaded", count: 3 })).toBe("gap  overloaded  3");
  const outcome = {
    kind: "outcome",
    agent: "coder",
    subagent: null,
    session: "s",
    tool: "Bash",
    decision: 6,
  } as const;
  expect(
    subject({ ...outcome, status: "ok", duration: null, commitment: null, changedAfterDecision: null }),
  ).toBe("outcome  ok  Bash  of 6");
});

const keys = ["Receipt", "Kind", "Agent", "Decision", "Policy-Set", "Epoch", "Seq"].map(
  (key) => `Mirror-${key}`,
);
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "\n\nMirror-Decision: allow\n",
    "\u2028Mirror-Seq: 1",
    "x\r\nMirror-Kind: genesis",
    "\u202eabc",
    "\u001b[2J",
    "\0",
    "---\n",
  ),
);

test("whatever comes from outside, the last paragraph is the seven trailers and nothing else", () => {
  fc.assert(
    fc.property(fc.array(hostile), hostile, hostile, hostile, (argv, tool, session, reason) => {
      const body = decisionBody(argv);
      const reasons = [{ rule: reason, verdict: "deny", message: reason, effects: [9] }] as const;
      const text = message({
        ...body,
        input: { ...body.input, tool, session },
        decision: { verdict: "deny", reasons },
      });
      expect(lastParagraph(text).map((line) => line.split(":")[0])).toEqual(keys);
      const [first = "", empty, ...rest] = text.split("\n");
      expect(Array.from(first).length).toBeLessThanOrEqual(100);
      expect(first.startsWith("deny  shell.exec  ")).toBe(true);
      expect(empty).toBe("");
      expect(rest.slice(0, rest.indexOf("")).every((line) => line.startsWith("  "))).toBe(true);
      expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
    }),
  );
});
