import { expect, test } from "vitest";
import { budgetWindows, windowLabel, windowOfLabel, windowSpan } from "../../src/model/budget.ts";

const time = Date.parse("2026-11-26T05:10:00.000Z");

test("windows are UTC's, and each has its label", () => {
  expect(budgetWindows.map((window) => windowLabel(window, time))).toEqual([
    "session",
    "2026-11-26T05",
    "2026-11-26",
    "week 2026-11-23",
    "2026-11",
    "total",
  ]);
  for (const window of budgetWindows) expect(windowOfLabel(windowLabel(window, time))).toBe(window);
  expect(windowOfLabel("yesterday")).toBeNull();
});

test("a window holds its first moment and not its end, which is the next one's first", () => {
  for (const window of budgetWindows) {
    const span = windowSpan(window, time);
    if (span === null) continue;
    expect(span.start).toBeLessThanOrEqual(time);
    expect(span.end).toBeGreaterThan(time);
    expect(windowSpan(window, span.start)).toEqual(span);
    expect(windowSpan(window, span.end)?.start).toBe(span.end);
    expect(windowLabel(window, span.end) > windowLabel(window, span.start)).toBe(true);
  }
  expect(windowSpan("month", Date.parse("2026-12-31T23:59:59.999Z"))?.end).toBe(Date.parse("2027-01-01"));
});
