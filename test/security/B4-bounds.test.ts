import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import * as world from "../fixtures/model-bus.ts";
import { modelServers } from "../fixtures/model-servers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST B4: no client and no upstream can take more of the bus than it has to give.
const entry = "test/fixtures/model-bus.ts";
const takesAll = await moduleWithout<typeof world>(entry, {
  file: "src/bus/request-body.ts",
  text: 'if (length > most) return { none: "too-large" };',
  by: "",
});
const takesMany = await moduleWithout<typeof world>(entry, {
  file: "src/bus/bus-server.ts",
  text: "if (this.#heldBytes + bytes > this.#limits.heldBytes) return null;",
  by: "",
});
const parsesAll = await moduleWithout<typeof world>(entry, {
  file: "src/bus/asked.ts",
  text: "!hasAtMost(text, mostValues)",
  by: 'hasAtMost("[", 0)',
});
const waitsForever = await moduleWithout<typeof world>(entry, {
  file: "src/bus/upstreams.ts",
  text: 'fail("hung"',
  by: 'void ("hung"',
});

test("B4: a huge body is not kept, however it says how large it is", async () => {
  const { address } = await modelServers();
  const body = JSON.stringify({ model: "m", max_tokens: 1, messages: "x".repeat(50_000) });
  const attack = async (mirror: typeof world): Promise<number> => {
    const { token, port } = await mirror.modelBus(address, { limits: { bodyBytes: 10_000 } });
    const headers = { "x-api-key": token, "transfer-encoding": "chunked" };
    return (await mirror.asked({ port, headers, body })).status;
  };
  expect([await attack(world), await attack(takesAll)]).toEqual([413, 200]);
});

test("B4: a body that is hard to parse does not hold up the gate", async () => {
  const { address } = await modelServers();
  // Thirty megabytes of these hold a parser for seconds, and every hook waits.
  const body = `{"model":"m","max_tokens":1,"messages":[${"{},".repeat(200_001)}{}]}`;
  const attack = async (mirror: typeof world): Promise<number> => {
    const { token, port } = await mirror.modelBus(address);
    return (await mirror.asked({ port, headers: { "x-api-key": token }, body })).status;
  };
  expect([await attack(world), await attack(parsesAll)]).toEqual([400, 200]);
});

test("B4: bodies that come slowly do not pile up, and who asks quickly is answered between them", async () => {
  const { address } = await modelServers();
  const attack = async (mirror: typeof world): Promise<number> => {
    const { token, port } = await mirror.modelBus(address, { limits: { heldBytes: 9_000 } });
    const slow = connect(port, "127.0.0.1");
    slow.on("error", () => undefined);
    const head = `POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${token}\r\ncontent-length: 9000\r\n\r\n`;
    slow.write(`${head}{"model":"m",${" ".repeat(8_000)}`);
    const headers = { "x-api-key": token };
    const small = { model: "m", max_tokens: 1 };
    await expect.poll(async () => (await mirror.asked({ port, headers, body: small })).status).toBe(200);
    const large = { ...small, messages: "x".repeat(1_500) };
    let status = 200;
    // The slow one's bytes may still be on their way.
    for (let attempt = 0; attempt < 20 && status === 200; attempt += 1)
      ({ status } = await mirror.asked({ port, headers, body: large }));
    slow.destroy();
    await once(slow, "close");
    return status;
  };
  expect([await attack(world), await attack(takesMany)]).toEqual([429, 200]);
});

test("B4: an upstream that hangs holds nobody longer than the policy set says", async () => {
  const models = await modelServers();
  const attack = async (mirror: typeof world): Promise<number | "waits"> => {
    const { token, port } = await mirror.modelBus(models.address, { answerTimeout: 0.05 });
    const body = { model: "hang", max_tokens: 1 };
    models.arrived.splice(0);
    const asked = mirror.asked({ port, headers: { "x-api-key": token }, body });
    await expect.poll(() => models.arrived.length).toBe(1);
    const patience = new Promise<"waits">((resolve) => setTimeout(() => resolve("waits"), 400));
    return await Promise.race([asked.then(({ status }) => status).catch(() => 0), patience]);
  };
  expect([await attack(world), await attack(waitsForever)]).toEqual([504, "waits"]);
});
