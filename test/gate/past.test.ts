import { expect, test } from "vitest";
import { PastBook } from "../../src/gate/past.ts";
import type { Analysis } from "../../src/model/effect.ts";
import type { RiskReason } from "../../src/model/risk.ts";
import { riskReasons } from "../../src/model/risk.ts";
import { longestPast, SessionRisks } from "../../src/model/session-risks.ts";

const call = (...reasons: RiskReason[]): Analysis => ({
  commands: [],
  effects: [],
  risk: { level: "high", reasons },
});
const me = { agent: "coder", session: "s" };
const other = { agent: "coder", session: "t" };
const noon = Date.parse("2026-11-26T12:00:00Z");

test("what a session did counts for it alone, and for a week", async () => {
  let now = noon;
  const book = new PastBook(
    async () => new SessionRisks("did-everything"),
    () => now,
  );
  await book.open();
  book.add(me, call("reads-secret"));
  book.add(me, call());
  now += longestPast - 1;
  book.add(me, call("opaque", "destroys-data"));
  expect(book.of(me)).toEqual(["destroys-data", "opaque", "reads-secret"]);
  expect([book.of(other), book.of({ ...me, agent: "second" })]).toEqual([[], []]);
  now += 2 * 3_600_000;
  expect(book.of(me)).toEqual(["destroys-data", "opaque"]);
});

test("what is done while the ledger is read back is kept, and what the ledger has is read back once", async () => {
  let reads = 0;
  let answer = (_: SessionRisks): void => undefined;
  const book = new PastBook(
    () => {
      reads += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    () => noon,
  );
  const opened = Promise.all([book.open(), book.open()]);
  book.add(me, call("reads-secret"));
  const recalled = new SessionRisks("did-everything");
  recalled.add(me, call("opaque"), noon - 1000);
  answer(recalled);
  await opened;
  expect([reads, book.isOpen, book.of(me)]).toEqual([1, true, ["opaque", "reads-secret"]]);
});

test("what cannot be read back is not taken for nothing", async () => {
  const book = new PastBook(
    async () => {
      throw new Error("unreadable");
    },
    () => noon,
  );
  await expect(book.open()).rejects.toThrow("unreadable");
  expect(book.isOpen).toBe(false);
});

test("a session that was dropped to make room may have done everything, until that would be forgotten anyway", () => {
  for (const [dropped, expected] of [
    ["did-everything", riskReasons],
    ["did-nothing", []],
  ] as const) {
    const risks = new SessionRisks(dropped, 2);
    const session = (name: string) => ({ agent: "coder", session: name });
    for (const name of ["a", "b", "c"]) risks.add(session(name), call("opaque"), noon);
    expect(risks.since(session("b"), noon)).toEqual(["opaque"]);
    expect(risks.since(session("a"), noon)).toEqual(expected);
    expect(risks.since(session("a"), noon + 1)).toEqual([]);
    // Coming back does not make it forgotten.
    risks.add(session("a"), call("privilege"), noon + 1);
    expect(risks.since(session("a"), noon)).toEqual(dropped === "did-nothing" ? ["privilege"] : riskReasons);
    expect(risks.since(session("a"), noon + 1)).toEqual(["privilege"]);
  }
});
