import { expect, test } from "vitest";
import * as world from "../fixtures/model-bus.ts";
import { modelServers } from "../fixtures/model-servers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST B1: whose call it is, its token alone says, and that is in no address.
const entry = "test/fixtures/model-bus.ts";
const exchange = "src/bus/exchange.ts";
const takesTwo = await moduleWithout<typeof world>(entry, {
  file: exchange,
  text: "if (second !== undefined)",
  by: "if (second === null)",
});
const takesAddresses = await moduleWithout<typeof world>(entry, {
  file: exchange,
  text: "keyParameters.test(name)",
  by: 'name === ""',
});
const keepsTokens = await moduleWithout<typeof world>(entry, {
  file: "src/bus/tokens.ts",
  text: "now - last < longestRest",
  by: "last < Number.MAX_VALUE",
});
const body = { model: "m", max_tokens: 5 };

test("B1: a call that says it is another agent's is its token's, and one with two tokens nobody's", async () => {
  const { address } = await modelServers();
  const attack = async (mirror: typeof world): Promise<number> => {
    const { server, token, port } = await mirror.modelBus(address);
    const other = server.begin("other").token;
    const headers = { "x-api-key": other, authorization: `Bearer ${token}` };
    return (await mirror.asked({ port, headers, body })).status;
  };
  expect([await attack(world), await attack(takesTwo)]).toEqual([401, 200]);
  const { gate, token, port } = await world.modelBus(address);
  const said = { ...body, metadata: { user_id: "other", agent: "other" } };
  const headers = { "x-api-key": token, "x-mirror-agent": "other", "user-agent": "other" };
  expect((await world.asked({ port, headers, body: said })).status).toBe(200);
  expect(gate.agents).toEqual(["coder"]);
});

test("B1: a key in the address is refused, good or not", async () => {
  const models = await modelServers();
  const attack = async (mirror: typeof world): Promise<number> => {
    const { token, port } = await mirror.modelBus(models.address);
    const path = `/gemini/v1beta/models/m:generateContent?alt=json&key=${token}`;
    return (await mirror.asked({ port, path, headers: { "x-goog-api-key": token }, body })).status;
  };
  expect([await attack(world), models.arrived.length]).toEqual([400, 0]);
  // There it would have gone into the provider's logs, and every proxy's between.
  expect([await attack(takesAddresses), models.arrived[0]?.url]).toEqual([
    200,
    expect.stringContaining("key=mirror-bus-"),
  ]);
});

test("B1: a token that nobody used for a day is good no more", async () => {
  const { address } = await modelServers();
  const attack = async (mirror: typeof world): Promise<number> => {
    let now = 0;
    const { token, port } = await mirror.modelBus(address, { parts: { clock: () => now } });
    now = 25 * 3_600_000;
    return (await mirror.asked({ port, headers: { "x-api-key": token }, body })).status;
  };
  expect([await attack(world), await attack(keepsTokens)]).toEqual([401, 200]);
});
