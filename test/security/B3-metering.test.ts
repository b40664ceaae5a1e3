import { expect, test } from "vitest";
import * as world from "../fixtures/model-bus.ts";
import { modelServers } from "../fixtures/model-servers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST B3: nothing is passed on of which nobody would know what it took; what the bus reads is what the provider reads; and
// what is not said in the end is spent as it was held.
const entry = "test/fixtures/model-bus.ts";
const takesTwice = await moduleWithout<typeof world>(entry, {
  file: "src/bus/asked.ts",
  text: "if (twice !== null)",
  by: "if (twice === undefined)",
});
// A reader that takes the count along the way for the last one.
const takesCounts = await moduleWithout<typeof world>(
  entry,
  {
    file: "src/bus/usage.ts",
    text: 'if (event?.["type"] !== "message" && event?.["type"] !== "message_delta") return;\n    const usage = fields(event["usage"]);',
    by: 'const usage = fields(event?.["usage"]) ?? fields(fields(event?.["message"])?.["usage"]);',
  },
  {
    file: "src/bus/usage.ts",
    text: 'event["type"] === "message" || typeof fields(event["delta"])?.["stop_reason"] === "string"',
    by: "true",
  },
);
const takesBackground = await moduleWithout<typeof world>(entry, {
  file: "src/bus/asked.ts",
  text: 'request["background"] === true',
  by: 'request["background"] === 0',
});
const passesAll = await moduleWithout<typeof world>(entry, {
  file: "src/bus/provider.ts",
  text: "post(/^\\/v1\\/messages\\/count_tokens$/, null),",
  by: "post(/./, null),",
});
const at = { file: "prices.yaml", line: 1, column: 1 };
const flat = (rate: number) => ({
  input: rate,
  output: rate,
  cacheRead: null,
  cacheWrite: null,
  longCacheWrite: null,
});
const prices = {
  models: [
    { pattern: "cheap", rates: flat(1), above: null, maxInput: null, maxOutput: null, at },
    { pattern: "dear", rates: flat(1_000_000), above: null, maxInput: null, maxOutput: null, at },
  ],
  unknown: null,
};

async function ask(mirror: typeof world, address: string, path: string, body: object | string) {
  const { gate, token, port } = await mirror.modelBus(address, { prices });
  const headers = { "x-api-key": token };
  const answer = await mirror.asked({ port, path, headers, body }).catch(() => null);
  await expect.poll(() => gate.settled.length).toBe(gate.reserved.length);
  return { status: answer?.status ?? 0, held: gate.reserved[0], used: gate.settled[0] };
}

test("B3: a model that the bus reads one way and the provider the other is refused", async () => {
  const models = await modelServers();
  const body = '{"model":"dear","max_tokens":9,"model":"cheap"}';
  expect((await ask(world, models.address, "/anthropic/v1/messages", body)).status).toBe(400);
  expect(models.arrived).toEqual([]);
  const paid = await ask(takesTwice, models.address, "/anthropic/v1/messages", body);
  // Who reads the first of the two answers for a million times as much.
  expect([paid.status, paid.held?.microUsd]).toEqual([200, 1]);
});

test("B3: what nobody would meter does not leave", async () => {
  const models = await modelServers();
  const batch = "/anthropic/v1/messages/batches";
  expect((await ask(world, models.address, batch, { requests: [] })).status).toBe(404);
  const later = { model: "dear", background: true };
  expect((await ask(world, models.address, "/openai/v1/responses", later)).status).toBe(400);
  expect((await ask(world, models.address, "/anthropic/v1/messages", { model: "new" })).status).toBe(404);
  expect(models.arrived).toEqual([]);
  expect((await ask(passesAll, models.address, batch, { requests: [] })).status).toBe(200);
  expect((await ask(takesBackground, models.address, "/openai/v1/responses", later)).status).toBe(200);
});

test("B3: a stream that ends before the provider has said what it took has spent what was held", async () => {
  const { address } = await modelServers();
  const attack = async (mirror: typeof world) => {
    const { gate, token, port } = await mirror.modelBus(address);
    const body = { model: "cut", max_tokens: 500, stream: true };
    await expect(mirror.asked({ port, headers: { "x-api-key": token }, body })).rejects.toThrow("aborted");
    await expect.poll(() => gate.settled.length).toBe(1);
    return gate.settled[0]?.tokens.output;
  };
  expect([await attack(world), await attack(takesCounts)]).toEqual([500, 1]);
});
