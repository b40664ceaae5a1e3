import { expect, test } from "vitest";
import * as usages from "../../src/bus/usage.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST B3: what is not said in the end is spent as it was held. Who hangs up after a count along the way would pay for the
// beginning alone.

function counted({ usageReader }: typeof usages): number | null {
  const reader = usageReader("messages");
  reader.take({ type: "message_delta", delta: { stop_reason: null }, usage: { output_tokens: 2 } });
  return reader.reported().output;
}

test("B3: a message's count before it stops is none, and is one where the rule is gone", async () => {
  expect(counted(usages)).toBeNull();
  const file = "src/bus/usage.ts";
  const text = 'event["type"] === "message" || typeof fields(event["delta"])?.["stop_reason"] === "string"';
  expect(counted(await moduleWithout<typeof usages>(file, { file, text, by: "true" }))).toBe(2);
});
