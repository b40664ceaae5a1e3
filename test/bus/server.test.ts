// The bus between a client and a provider, both on this machine, with a gate that only counts. What the real gate makes of
// it is test/app/bus.test.ts's.
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { usualBusSettings } from "../../src/model/bus-settings.ts";
import { asked, begun, modelBus as bus, measured, realKeys, text, ways } from "../fixtures/model-bus.ts";
import { type ModelServers, modelServers } from "../fixtures/model-servers.ts";

let models: ModelServers;
const upstream = async (): Promise<ModelServers> => (models ??= await modelServers());

test("each API is passed through with the real key in the token's place, and what it says it took is settled", async () => {
  const { address, arrived } = await upstream();
  const { gate, token, port } = await bus(address);
  for (const stream of [false, true]) {
    for (const [api, way] of ways("m", token, stream).entries()) {
      arrived.splice(0);
      const direct = await asked({
        ...way,
        port: Number(new URL(address).port),
        path: way.path.replace(/^\/\w+/, ""),
      });
      const answer = await asked({
        ...way,
        port,
        headers: {
          ...way.headers,
          cookie: "c",
          "x-mirror-agent": "other",
          connection: "x-hop, close",
          "x-hop": "1",
          "accept-encoding": "gzip",
        } as Record<string, string>,
      });
      expect([stream, api, answer.status]).toEqual([stream, api, 200]);
      // What the client gets is what it would have got without the bus.
      expect(answer.text).toBe(direct.text);
      const [, through] = arrived;
      const said = JSON.stringify(through?.headers);
      expect(through?.url).toBe(way.path.replace(/^\/\w+/, ""));
      expect(said).toContain(realKeys[api]);
      for (const secret of [token, "cookie", "x-mirror-agent", "x-hop", "gzip"])
        expect(said).not.toContain(secret);
      expect(JSON.stringify(answer)).not.toContain(realKeys[api]);
      expect(gate.settled.at(-1)?.tokens).toEqual(measured(api));
      const [held, used] = [gate.reserved.at(-1), gate.settled.at(-1)];
      expect(held?.microUsd).toBeGreaterThan(used?.microUsd ?? 0);
      expect(held?.tokens.output).toBe(50);
    }
  }
  expect(gate.settled).toHaveLength(8);
  expect(gate.failures).toEqual([]);
});

test("a stream arrives piece by piece before the provider has ended it", async () => {
  const { address, release } = await upstream();
  const { gate, token, port } = await bus(address);
  for (const way of ways("gated", token, true)) {
    const before = gate.settled.length;
    const answer = await begun({ ...way, port });
    const [first] = await once(answer, "data");
    expect(String(first)).toMatch(/^(event|data): /);
    expect(gate.settled).toHaveLength(before);
    release();
    await text(answer);
    expect(gate.settled).toHaveLength(before + 1);
  }
});

test("an answer begins for the client when it begins, though nothing of its body is there", async () => {
  const { address, release } = await upstream();
  const { token, port } = await bus(address);
  const [way] = ways("late", token, true);
  const answer = await begun({ ...way, port });
  release();
  expect(await text(answer)).toContain("message_start");
});

test("a stream that is cut is cut for the client, and what was not said of it counts as held", async () => {
  const { address } = await upstream();
  const { gate, token, port } = await bus(address);
  for (const [api, way] of ways("cut", token, true).entries()) {
    const answer = await begun({ ...way, port });
    await expect(text(answer)).rejects.toThrow("aborted");
    await expect.poll(() => gate.settled.length).toBe(api + 1);
    const [held, used] = [gate.reserved[api]?.tokens, gate.settled[api]?.tokens];
    // Anthropic says at the beginning what it read, and Gemini all along.
    const isInputKnown = api === 0 || api === 3;
    expect(used).toEqual(isInputKnown ? { ...measured(api), output: 50 } : held);
  }
});

test("errors of a provider pass, cost nothing, and each retry is a call of its own", async () => {
  const { address, arrived } = await upstream();
  const { gate, token, port } = await bus(address);
  const [way] = ways("busy", token);
  if (way === undefined) throw new Error("no way");
  arrived.splice(0);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { status, text } = await asked({ ...way, port });
    expect([status, JSON.parse(text).error.type]).toEqual([529, "overloaded_error"]);
  }
  expect(arrived).toHaveLength(3);
  expect(gate.settled.map(({ microUsd }) => microUsd)).toEqual([0, 0, 0]);
  for (const [model, status, word] of [
    ["locked", 401, "bus start"],
    ["elsewhere", 502, "not followed"],
  ] as const) {
    const refused = await asked({ ...way, port, body: { model, max_tokens: 5 } });
    expect([refused.status, refused.text]).toEqual([status, expect.stringContaining(word)]);
    expect(refused.text).not.toContain("real-anthropic");
    expect(refused.headers.location).toBe(undefined);
  }
  const silent = await asked({ ...way, port, body: { model: "silent", max_tokens: 5 } });
  expect(silent.status).toBe(200);
  // It was answered and nothing was said of what that took.
  expect(gate.settled.at(-1)).toEqual(gate.reserved.at(-1));
});

test("an upstream that is not there costs nothing, one that hangs or stands still costs what was held", async () => {
  const { address } = await upstream();
  const [nobody, slow] = [
    await bus("http://127.0.0.1:1"),
    await bus(address, { answerTimeout: 0.05, idleTimeout: 0.05 }),
  ];
  for (const way of ways("m", nobody.token)) {
    const { status, text } = await asked({ ...way, port: nobody.port });
    expect([status, text]).toEqual([502, expect.stringContaining("fails")]);
  }
  expect(nobody.gate.settled.map(({ microUsd }) => microUsd)).toEqual([0, 0, 0, 0]);
  for (const way of ways("hang", slow.token)) {
    const { status, text } = await asked({ ...way, port: slow.port });
    expect([status, text]).toEqual([504, expect.stringContaining("hangs")]);
  }
  expect(slow.gate.settled).toEqual(slow.gate.reserved);
  const [way] = ways("gated", slow.token, true);
  await expect(asked({ ...way, port: slow.port })).rejects.toThrow("aborted");
  await expect.poll(() => slow.gate.settled.length).toBe(5);
  expect(slow.gate.settled[4]?.tokens).toEqual({ ...measured(0), output: 50 });
});

test("who leaves ends the request at the provider, and who does not read stops it there", async () => {
  const { address, abandoned, written: bytes } = await upstream();
  const { gate, token, port } = await bus(address);
  const [way, , , gemini] = ways("gated", token, true);
  const before = abandoned();
  const answer = await begun({ ...way, port });
  await once(answer, "data");
  answer.destroy();
  await expect.poll(abandoned).toBe(before + 1);
  await expect.poll(() => gate.settled.length).toBe(1);
  expect(gate.settled[0]?.tokens).toEqual({ ...measured(0), output: 50 });
  const flood = await begun({
    ...gemini,
    path: "/gemini/v1beta/models/flood:streamGenerateContent?alt=sse",
    port,
  });
  const seen: number[] = [];
  // Until nothing more goes into the sockets between.
  await expect
    .poll(() => seen.push(bytes()) > 1 && seen.at(-1) === seen.at(-2), { interval: 150 })
    .toBe(true);
  expect(bytes()).toBeLessThan(64 * 1_048_576);
  flood.destroy();
  await expect.poll(abandoned).toBe(before + 2);
});

test("who does not say who it is gets nothing, and nobody speaks for another", async () => {
  const { address, arrived } = await upstream();
  const { server, gate, token, port } = await bus(address);
  arrived.splice(0);
  const other = server.begin("other").token;
  const gone = server.begin("gone").token;
  const body = { model: "m", max_tokens: 5 };
  const refusals: readonly (readonly [Record<string, string>, number, string])[] = [
    [{}, 401, "no token"],
    [{ "x-api-key": "real-anthropic" }, 401, "not the token"],
    [{ "x-api-key": token.slice(0, -1) }, 401, "not the token"],
    [{ "x-api-key": token, authorization: `Bearer ${other}` }, 401, "two tokens"],
    [{ "x-api-key": gone }, 403, "no binding for gone"],
  ];
  for (const [headers, status, word] of refusals) {
    const refused = await asked({ port, headers, body });
    expect([refused.status, refused.text]).toEqual([status, expect.stringContaining(word)]);
  }
  for (const name of ["key", "api_key", "apiKey", "access_token"]) {
    const way = {
      path: `/gemini/v1beta/models/m:generateContent?${name}=${token}`,
      port,
      headers: { "x-goog-api-key": token },
      body,
    };
    const refused = await asked(way);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("key in the address")]);
    expect(refused.text).not.toContain(token);
  }
  expect(
    (await asked({ port, path: "/openai/v1/files", headers: { authorization: `Bearer ${token}` }, body }))
      .status,
  ).toBe(404);
  expect([arrived, gate.reserved]).toEqual([[], []]);
  const both = { "x-api-key": token, authorization: `Bearer ${token}` };
  expect((await asked({ port, headers: both, body })).status).toBe(200);
});

test("a body that is huge, compressed or no request is refused before anything is held", async () => {
  const { address, arrived } = await upstream();
  const { gate, token, port } = await bus(address, { limits: { bodyBytes: 10_000, heldBytes: 15_000 } });
  arrived.splice(0);
  const headers = { "x-api-key": token };
  const huge = "x".repeat(200_000);
  expect((await asked({ port, headers, body: huge })).status).toBe(413);
  expect(
    (await asked({ port, headers: { ...headers, "transfer-encoding": "chunked" }, body: huge })).status,
  ).toBe(413);
  expect((await asked({ port, headers: { "x-api-key": "wrong" }, body: huge })).status).toBe(401);
  expect(
    (await asked({ port, headers: { ...headers, "content-encoding": "gzip" }, body: "x" })).text,
  ).toContain("compressed");
  expect((await asked({ port, headers, body: "{" })).status).toBe(400);
  expect([arrived, gate.reserved]).toEqual([[], []]);
});

test("a client that sends slowly holds nothing, keeps nobody waiting and is hung up on", async () => {
  const { address } = await upstream();
  const { gate, token, port } = await bus(address, { limits: { request: 200 } });
  const slow = connect(port, "127.0.0.1");
  slow.on("error", () => undefined);
  slow.resume();
  slow.write(
    `POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${token}\r\ncontent-length: 99\r\n\r\n{`,
  );
  const [way] = ways("m", token);
  expect((await asked({ ...way, port })).status).toBe(200);
  expect(gate.reserved).toHaveLength(1);
  await once(slow, "close");
  expect(gate.reserved).toHaveLength(1);
});

test("what holds when a body has come is what counts, not what held when it began to", async () => {
  const { address, arrived } = await upstream();
  arrived.splice(0);
  let isBound = true;
  const settings = {
    ...usualBusSettings,
    upstreams: { anthropic: address, openai: address, gemini: address },
  };
  const policy = async () => ({ settings, prices: null, isBound: () => isBound });
  const { gate, token, port } = await bus(address, { parts: { policy } });
  const slow = connect(port, "127.0.0.1");
  const body = JSON.stringify({ model: "m", max_tokens: 5 });
  slow.write(
    `POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${token}\r\ncontent-length: ${body.length}\r\n\r\n{`,
  );
  // The bus has the beginning once it has answered what came after it.
  await asked({ port, path: "/nothing", headers: { "x-api-key": token } });
  isBound = false;
  slow.write(body.slice(1));
  const [answer] = await once(slow, "data");
  expect(String(answer)).toContain("no binding for coder");
  slow.destroy();
  expect([arrived, gate.reserved]).toEqual([[], []]);
});

test("a session has only so many requests under way", async () => {
  const { address, release } = await upstream();
  const { token, port } = await bus(address, { limits: { atOnce: 2 } });
  const [way] = ways("gated", token, true);
  const running = await Promise.all([begun({ ...way, port }), begun({ ...way, port })]);
  expect((await asked({ ...way, port })).status).toBe(429);
  release();
  await Promise.all(running.map(text));
  await expect
    .poll(async () => (await asked({ ...way, port, body: { model: "m", max_tokens: 1 } })).status)
    .toBe(200);
});

test("a gate that fails or refuses is an error, and nothing leaves", async () => {
  const { address, arrived } = await upstream();
  arrived.splice(0);
  const refused = await bus(address, {
    parts: {
      reserve: async () => ({ reserved: false, budget: "night", message: "the budget night is used" }),
    },
  });
  const statuses = [400, 429, 429, 429];
  for (const [api, way] of ways("m", refused.token).entries()) {
    const { status, text, headers } = await asked({ ...way, port: refused.port });
    expect([status, headers["x-should-retry"]]).toEqual([statuses[api], "false"]);
    expect(text).toContain("the budget night is used");
  }
  const broken = await bus(address, { parts: { reserve: () => Promise.reject(new TypeError("broken")) } });
  for (const way of ways("m", broken.token))
    await expect(asked({ ...way, port: broken.port })).rejects.toThrow();
  const noPrices = await bus(address, {
    parts: { policy: async () => ({ settings: usualBusSettings, prices: null, isBound: () => true }) },
  });
  for (const way of ways("m", noPrices.token))
    expect((await asked({ ...way, port: noPrices.port })).status).toBe(404);
  expect(arrived).toEqual([]);
});
