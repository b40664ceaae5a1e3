import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeReceipt, readReceipt, receiptDigest } from "../../src/ledger/receipt-file.ts";
import type { Receipt, ReceiptHeader } from "../../src/model/receipt.ts";
import { decisionBody, session } from "./ledger-world.ts";

const header: ReceiptHeader = {
  version: 1,
  gate: "gate-1",
  seq: 31,
  time: "2026-11-23T06:35:00.000Z",
  prev: `sha256:${"a".repeat(64)}`,
  policySet: `sha256:${"b".repeat(64)}`,
  epoch: 2,
  lineage: "c".repeat(64),
  assurance: "hook",
  engine: "0.1.0",
};
const evidence = { objects: [{ type: "commit", data: "dHJlZQ==" }] } as const;
const receipts: readonly Receipt[] = [
  { ...header, ...decisionBody(["git", "push"]) },
  { ...header, ...session("s") },
  { ...header, kind: "genesis", genesis: "d".repeat(40), evidence },
  {
    ...header,
    kind: "adopt",
    commit: "d".repeat(40),
    parentLineage: "e".repeat(64),
    approvedBy: ["ada"],
    evidence,
  },
  { ...header, kind: "gap", agent: null, cause: "overloaded", count: 3 },
  {
    ...header,
    kind: "outcome",
    agent: "coder",
    subagent: "general-purpose",
    session: "s",
    tool: "Bash",
    decision: 30,
    status: "ok",
    duration: 12.5,
    commitment: null,
    changedAfterDecision: null,
  },
];

const file = (text: string): Buffer => Buffer.from(text, "utf8");

test("the file of a receipt, as any language can write it", () => {
  const bytes = encodeReceipt({ ...header, ...session("s-1") });
  expect(Buffer.from(bytes).toString("utf8")).toBe(
    `{"agent":"coder","assurance":"hook","engine":"0.1.0","epoch":2,"gate":"gate-1","kind":"session",` +
      `"lineage":"${"c".repeat(64)}","policySet":"sha256:${"b".repeat(64)}","prev":"sha256:${"a".repeat(64)}",` +
      `"seq":31,"session":"s-1","subagent":null,"time":"2026-11-23T06:35:00.000Z","version":1,"what":"session-start"}\n`,
  );
  expect(receiptDigest(bytes)).toBe(
    "sha256:55d5f892faa53deaeb9d3d69622a319cf32660dbc7f7e1daefd7b6e2596bec86",
  );
});

test.each(receipts)("a receipt of kind $kind comes back as it was written", (receipt) => {
  expect(readReceipt(encodeReceipt(receipt))).toEqual({ receipt, problems: [] });
});

test.each(receipts)("no member of a $kind receipt may be missing, added or of another type", (receipt) => {
  const members = JSON.parse(Buffer.from(encodeReceipt(receipt)).toString("utf8"));
  const isRefused = (value: unknown): void =>
    expect(readReceipt(file(`${JSON.stringify(value)}\n`)).receipt).toBeNull();
  isRefused({ ...members, more: 1 });
  for (const key of Object.keys(members)) {
    isRefused({ ...members, [key]: undefined });
    isRefused({ ...members, [key]: { a: 1 } });
    isRefused({ ...members, [key]: [[]] });
  }
});

test("what could be read in two ways is refused", () => {
  const good = Buffer.from(encodeReceipt({ ...header, ...session("s") })).toString("utf8");
  const bad = [
    good.slice(0, -1),
    `${good}\n`,
    ` ${good}`,
    good.replace('"seq":31', '"seq":31,"seq":31'),
    good.replace('"seq":31', '"seq":31.0'),
    good.replace('"seq":31', '"seq":3.1e1'),
    good.replace('"session":"s"', '"session":"\\u0073"'),
    good.replace('"session":"s"', '"session":"\\ud800"'),
    good.replace('"agent":"coder"', '"agent":"Coder"'),
    good.replace('"version":1', '"version":2'),
    good.replace('"kind":"session"', '"kind":"__proto__"'),
    good.replace("{", '{"__proto__":{},'),
    good.replace("06:35:00.000Z", "06:35:60.000Z"),
    good.replace("2026-11-23", "2026-02-30"),
    "[".repeat(200_000),
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    "null",
    "",
  ];
  for (const text of bad) expect(readReceipt(file(text)).receipt, text.slice(0, 80)).toBeNull();
  expect(readReceipt(Buffer.from([0x22, 0xff, 0x22])).receipt).toBeNull();
});

test("no bytes make the reader throw, and what it takes it writes again", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(file), fc.string().map(file)), (bytes) => {
      expect(readReceipt(bytes).receipt).toBeNull();
    }),
  );
  const good = Buffer.from(encodeReceipt({ ...header, ...decisionBody(["ls"]) }));
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bytes = Buffer.from(good);
      bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
      const { receipt } = readReceipt(bytes);
      if (receipt !== null) expect(Buffer.from(encodeReceipt(receipt))).toEqual(bytes);
    }),
  );
});

test("nothing is written that the reader would refuse", () => {
  const write = (change: object): unknown => encodeReceipt({ ...header, ...session("s"), ...change });
  expect(() => write({ agent: "No Id" })).toThrow("agent");
  expect(() => write({ session: "\ud800" })).toThrow("lone surrogate");
  expect(() => write({ time: "yesterday" })).toThrow("time");
  expect(() => write({ engine: "x".repeat(17_000_000) })).toThrow("expected at most");
});
