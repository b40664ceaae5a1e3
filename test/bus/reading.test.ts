// What the bus reads of requests and answers, and what it makes of it: by itself, without a network.
import fc from "fast-check";
import { expect, test } from "vitest";
import { answerMeter } from "../../src/bus/answer-meter.ts";
import { type Asked, readAsked } from "../../src/bus/asked.ts";
import { Estimate } from "../../src/bus/cost.ts";
import { errorAnswer, type Trouble } from "../../src/bus/errors.ts";
import { topMembers } from "../../src/bus/json-members.ts";
import { type MeteredApi, providers, routeOf } from "../../src/bus/provider.ts";
import { SseReader } from "../../src/bus/sse.ts";
import { SessionTokens } from "../../src/bus/tokens.ts";
import { usageReader } from "../../src/bus/usage.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { Prices } from "../../src/model/policy-set.ts";
import { priceOf } from "../../src/model/prices.ts";

const addressOf: Readonly<Record<MeteredApi, string>> = {
  messages: "/anthropic/v1/messages",
  "chat-completions": "/openai/v1/chat/completions",
  responses: "/openai/v1/responses",
  "generate-content": "/gemini/v1beta/models/m:generateContent",
};

function asked(api: MeteredApi, request: object | string): Asked | string {
  const route = routeOf("POST", addressOf[api]);
  if (route === null) throw new Error(api);
  const text = typeof request === "string" ? request : JSON.stringify(request);
  const read = readAsked({ ...route, metered: api }, Buffer.from(text));
  return "misfit" in read ? read.misfit : read;
}

test("events are told apart however their bytes arrive, and all their bytes are there", () => {
  const text = 'event: a\r\ndata: {"x":"é"}\r\n\r\n: ping\n\ndata: one\ndata: two\n\ndata:last';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      const reader = new SseReader();
      const events = [];
      const bytes = Buffer.from(text);
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        events.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(events.map(({ data }) => data)).toEqual(['{"x":"é"}', null, "one\ntwo"]);
      expect(Buffer.concat([...events.map(({ raw }) => raw), reader.rest()]).toString()).toBe(text);
    }),
  );
});

test("an event that is too long is passed on and not kept", () => {
  const reader = new SseReader();
  const long = reader.push(Buffer.from(`data: ${"x".repeat(9_000_000)}`));
  expect(long.map(({ data }) => data)).toEqual([null]);
  expect(reader.push(Buffer.from('"usage"\n\ndata: next\n\n')).map(({ data }) => data)).toEqual([
    null,
    "next",
  ]);
});

test("the members of any object stand where they are said to stand", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const { members, twice } = topMembers(text);
      expect(twice).toBe(null);
      const read = members.map(({ key, start, end }) => [key, JSON.parse(text.slice(start, end))]);
      expect(read).toEqual(Object.entries(JSON.parse(text)));
    }),
  );
});

test("a request that one reader takes one way and another the other is refused", () => {
  for (const text of [
    '{"model":"cheap","model":"dear"}',
    '{"model":"cheap","mod\\u0065l":"dear"}',
    '{"a":"\\\\","model":"cheap", "b":[{"model":1}] ,"model" : "dear"}',
  ])
    expect(asked("messages", text)).toBe("the body says `model` twice");
  const twice = '{"generationConfig":{"maxOutputTokens":1,"maxOutputTokens":9}}';
  expect(asked("generate-content", twice)).toContain("twice");
  expect(asked("messages", '{"model":"a","b":{"model":1},"c":"\\"model\\":"}')).toMatchObject({ model: "a" });
  for (const text of ["", "[]", "null", "{", '{"model":"\ud800"}', '{"model":"a b"}', '{"model":{}}'])
    expect(typeof asked("messages", text)).toBe("string");
  expect(asked("responses", { model: "m", background: true })).toContain("background");
  for (const many of ["[", "{},", '"",', "0,", '"\\"'])
    expect(asked("messages", `{"model":"m","a":[${many.repeat(200_001)}0]}`)).toMatch(
      /more than 200000|no JSON/,
    );
  expect(asked("messages", `{"model":"m","a":"${"[{,".repeat(200_001)}"}`)).toMatchObject({ model: "m" });
});

test("the most that a request can take is known, or known not to be known", () => {
  const of = (api: MeteredApi, request: object) => asked(api, { model: "m", ...request }) as Asked;
  const plain = of("messages", { max_tokens: 100, messages: [{ role: "user", content: "hi" }] });
  expect(plain.output).toBe(100);
  expect(plain.input).toBeGreaterThan(plain.body.length);
  expect(of("chat-completions", { max_tokens: 10, max_completion_tokens: 20, n: 3 }).output).toBe(60);
  expect(of("responses", { max_output_tokens: 10 }).output).toBe(10);
  const both = {
    generationConfig: { maxOutputTokens: 10 },
    generation_config: { max_output_tokens: 99, candidate_count: 2 },
  };
  expect(of("generate-content", both).output).toBe(198);
  for (const odd of [{}, { max_tokens: "1" }, { max_tokens: -5 }, { max_tokens: 1.5 }, { max_tokens: null }])
    expect(of("messages", odd).output).toBe(null);
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
  const withImage = of("messages", { messages: [{ role: "user", content: [image] }] });
  expect(withImage.input).toBe(withImage.body.length + 2_000 + 16_000);
  const hidden: readonly (readonly [MeteredApi, object])[] = [
    [
      "messages",
      { messages: [{ content: [{ type: "image", source: { type: "url", url: "https://a/b.png" } }] }] },
    ],
    ["messages", { messages: [{ content: [{ type: "document", source: {} }] }] }],
    ["messages", { tools: [{ type: "web_search_20250305", name: "web_search" }] }],
    ["messages", { mcp_servers: [] }],
    [
      "chat-completions",
      { messages: [{ content: [{ type: "image_url", image_url: { url: "http://a" } }] }] },
    ],
    ["chat-completions", { web_search_options: {} }],
    ["responses", { previous_response_id: "r" }],
    ["responses", { tools: [{ type: "code_interpreter" }] }],
    ["generate-content", { cachedContent: "c" }],
    ["generate-content", { tools: [{ google_search: {} }] }],
    ["generate-content", { contents: [{ parts: [{ fileData: { fileUri: "gs://x" } }] }] }],
  ];
  for (const [api, request] of hidden) expect([request, of(api, request).input]).toEqual([request, null]);
  const own: readonly (readonly [MeteredApi, object])[] = [
    [
      "messages",
      {
        tools: [
          { type: "bash_20250124", name: "bash" },
          { name: "x", input_schema: { properties: { file_id: {} } } },
        ],
      },
    ],
    [
      "messages",
      { messages: [{ content: [{ type: "tool_use", input: { type: "document", file_id: "a" } }] }] },
    ],
    ["chat-completions", { tools: [{ type: "function", function: {} }] }],
    ["responses", { tools: [{ type: "custom" }], previous_response_id: null }],
    ["generate-content", { tools: [{ functionDeclarations: [] }] }],
  ];
  for (const [api, request] of own) expect([request, of(api, request).input]).not.toEqual([request, null]);
});

test("a dearer tier has a price of its own", () => {
  expect(asked("responses", { model: "m", service_tier: "priority" })).toMatchObject({
    model: "m",
    priced: "m priority",
  });
  expect(asked("messages", { model: "m", speed: "fast" })).toMatchObject({ priced: "m fast" });
  expect(asked("responses", { model: "m", service_tier: "flex" })).toMatchObject({ priced: "m" });
});

test("a stream's usage is asked for where the client did not, and nothing else is touched", () => {
  const rest = '"model":"m", "stream":true ,"seed":12345678901234567890';
  const body = (text: string) => (asked("chat-completions", text) as Asked).body.toString();
  expect(body(`{${rest}}`)).toBe(`{"stream_options":{"include_usage":true},${rest}}`);
  expect(body(`{${rest},"stream_options": {"include_usage":false,"x":1} }`)).toBe(
    `{${rest},"stream_options": {"include_usage":true,"x":1} }`,
  );
  for (const same of [`{${rest},"stream_options":{"include_usage":true}}`, '{"model":"m"}'])
    expect(asked("chat-completions", same)).toMatchObject({ askedForUsage: false, body: Buffer.from(same) });
});

test("usage is read as each API says it, and what is not said in the end is not known", () => {
  const read = (api: MeteredApi, ...values: readonly unknown[]) => {
    const reader = usageReader(api);
    for (const value of values) reader.take(value);
    return reader.reported();
  };
  const counted = (input: number, cacheRead = 0, cacheWrite = 0, longCacheWrite = 0) => ({
    input,
    cacheRead,
    cacheWrite,
    longCacheWrite,
  });
  const usage = {
    input_tokens: 5,
    cache_read_input_tokens: 6,
    cache_creation_input_tokens: 7,
    cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 3 },
    output_tokens: 1,
  };
  const start = { type: "message_start", message: { usage } };
  expect(read("messages", start)).toEqual({ input: counted(5, 6, 4, 3), output: null });
  const along = { type: "message_delta", delta: { stop_reason: null }, usage: { output_tokens: 2 } };
  const stopped = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } };
  expect(read("messages", start, along).output).toBeNull();
  expect(read("messages", start, along, stopped).output).toBe(9);
  const searched = { type: "message_delta", usage: { output_tokens: 9, input_tokens: 500 } };
  expect(read("messages", start, searched).input).toEqual(counted(500));
  expect(read("messages", { type: "message", usage })).toEqual({ input: counted(5, 6, 4, 3), output: 1 });
  const chat = { prompt_tokens: 10, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 } };
  expect(read("chat-completions", { choices: [], usage: chat })).toEqual({ input: counted(7, 3), output: 4 });
  const half = { choices: [{ finish_reason: null }], usage: chat };
  expect(read("chat-completions", half)).toEqual({ input: counted(7, 3), output: null });
  const response = { object: "response", usage: { input_tokens: 10, output_tokens: 4 } };
  expect(read("responses", response)).toEqual({ input: counted(10), output: 4 });
  expect(read("responses", { type: "response.created", response })).toEqual({ input: null, output: null });
  expect(read("responses", { type: "response.incomplete", response }).output).toBe(4);
  const metadata = {
    promptTokenCount: 10,
    cachedContentTokenCount: 4,
    toolUsePromptTokenCount: 2,
    candidatesTokenCount: 3,
    thoughtsTokenCount: 5,
  };
  const last = { candidates: [{ finishReason: "STOP" }], usageMetadata: metadata };
  expect(read("generate-content", last)).toEqual({ input: counted(8, 4), output: 8 });
  expect(read("generate-content", [{ usageMetadata: metadata }, last]).output).toBe(8);
  expect(read("generate-content", last, { usageMetadata: metadata }).output).toBe(null);
  for (const odd of [-1, 1.5, "4", Number.NaN, 2 ** 60, {}]) {
    const said = { type: "message", usage: { ...usage, output_tokens: odd } };
    expect(read("messages", said).output).toBe(null);
  }
  for (const api of ["messages", "chat-completions", "responses", "generate-content"] as const)
    for (const odd of [null, 1, "usage", [], [null], {}, { usage: null }, { usage: [] }, { response: 1 }])
      expect(read(api, odd)).toEqual({ input: null, output: null });
});

test("a usage chunk that the client did not ask for does not reach it", () => {
  const chunks = [
    'data: {"choices":[{"delta":{}}],"usage":null}\n\n',
    'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n',
    "data: [DONE]\n\n",
  ];
  const through = (hides: boolean): string => {
    const meter = answerMeter("chat-completions", "text/event-stream; charset=utf-8", hides);
    const parts = [...Buffer.from(chunks.join(""))].flatMap((byte) => meter.push(Buffer.of(byte)));
    expect(meter.reported().output).toBe(2);
    return Buffer.concat([...parts, meter.end()]).toString();
  };
  expect(through(false)).toBe(chunks.join(""));
  expect(through(true)).toBe(`${chunks[0]}${chunks[2]}`);
});

const price = (text: string): Prices => {
  const files = new Map([
    ["mirror.yaml", Buffer.from("version: 1\npolicy_branch: main\n")],
    ["prices.yaml", Buffer.from(text)],
  ]);
  const { set, problems } = parsePolicySet(files, { unsigned: true });
  if (set?.prices == null)
    throw new Error(problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join("\n"));
  return set.prices;
};

test("a price is that of the name, else of the longest beginning, else what is said of the unknown", () => {
  const models =
    'models: { "a*": { input: 1, output: 1 }, "a-b*": { input: 2, output: 2 }, a-b-c: { input: 3, output: 3 }, "a* priority": { input: 4, output: 4 } }';
  const rate = (text: string, name: string) => priceOf(price(text), name)?.rates.input ?? null;
  const text = `version: 1\n${models}\n`;
  for (const [name, dollars] of [
    ["a", 1],
    ["a-bx", 2],
    ["a-b-c", 3],
    ["a-b-c-d", 2],
  ] as const)
    expect([name, rate(text, name)]).toEqual([name, dollars * 1e6]);
  for (const name of ["b", "a priority", "A"]) expect([name, rate(text, name)]).toEqual([name, null]);
  expect(rate(`${text}unknown: { input: 7.25, output: 7 }\n`, "b")).toBe(7_250_000);
  expect(rate(`${text}unknown: refuse\n`, "b")).toBe(null);
});

test("mistakes in prices are told with their place", () => {
  const wrong = (text: string) => () => price(`version: 1\n${text}`);
  expect(wrong("models: {}\nunknown: { input: 0, output: 1 }")).toThrow(/^3:19 found the number `0`/);
  expect(wrong("models: {}\nunknown: free")).toThrow(/found `free`, expected `refuse`/);
  expect(wrong("models: { a: { input: 0.00000012, output: 1 } }")).toThrow(/six decimal places/);
  expect(wrong("models: { a: { input: 1 } }")).toThrow(/no `output`/);
  expect(wrong("models: { a: { input: -1, output: 1 } }")).toThrow(/expected at least 0/);
  expect(wrong("models: { 'a*b': { input: 1, output: 1 } }")).toThrow(/a model's name/);
  expect(wrong("models: { a: { input: 1, output: 1, cached: 2 } }")).toThrow(/unknown key `cached`/);
});

test("money is exact, rounded up once, and what a price does not name costs no less than what it does", () => {
  const of = (text: string, input: number | null, output: number | null) => {
    const found = priceOf(price(`version: 1\nmodels: { m: { ${text} } }`), "m");
    if (found === null) throw new Error("no price");
    return new Estimate({ input, output }, found);
  };
  const counted = (input: number, cacheRead = 0, cacheWrite = 0, longCacheWrite = 0) => ({
    input,
    cacheRead,
    cacheWrite,
    longCacheWrite,
  });
  const all = "input: 3, output: 15, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6";
  // All of the input may go into the dearest kind of cache.
  expect(of(all, 1_000, 100).use()).toEqual({
    tokens: { input: 1_000, output: 100, cacheRead: 0, cacheWrite: 0 },
    microUsd: 1_000 * 6 + 100 * 15,
  });
  const measured = of(all, 1_000, 100).measured({ input: counted(1, 3, 2, 1), output: 7 });
  expect(measured.tokens).toEqual({ input: 1, output: 7, cacheRead: 3, cacheWrite: 3 });
  // 3 + 0.9 + 7.5 + 6 + 105
  expect(measured.microUsd).toBe(123);
  const bare = of("input: 3, output: 15", 1_000, 100);
  expect(bare.measured({ input: counted(0, 1), output: 0 }).microUsd).toBe(3);
  expect(bare.measured({ input: counted(0, 0, 1), output: 0 }).microUsd).toBe(15);
  expect(bare.measured({ input: null, output: null })).toEqual(bare.use());
  expect(bare.measured({ input: counted(10), output: null }).microUsd).toBe(30 + 1_500);
  const above = of("input: 1, output: 2, above: { input_tokens: 100, input: 10, output: 20 }", 200, 1);
  expect(above.use().microUsd).toBe(200 * 20 + 20);
  expect(above.measured({ input: counted(100), output: 1 }).microUsd).toBe(102);
  expect(above.measured({ input: counted(101), output: 1 }).microUsd).toBe(1_030);
  expect(
    of("input: 0.000001, output: 1", null, null).measured({ input: counted(1), output: 0 }).microUsd,
  ).toBe(1);
  const ceilings = of("input: 1, output: 1, max_input: 50, max_output: 5", null, 900);
  expect(ceilings.use().tokens).toMatchObject({ input: 50, output: 5 });
  expect(of("input: 1, output: 1", null, null).use().tokens).toMatchObject({
    input: 1_000_000,
    output: 128_000,
  });
});

test("nothing is passed on but what is metered and what takes no tokens", () => {
  const metered = (method: string, path: string) => routeOf(method, path)?.metered;
  for (const [api, path] of Object.entries(addressOf)) expect(metered("POST", path)).toBe(api);
  expect(metered("POST", "/gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent")).toBe(
    "generate-content",
  );
  expect(metered("POST", "/anthropic/v1/messages/count_tokens")).toBe(null);
  expect(metered("GET", "/openai/v1/models/gpt-5")).toBe(null);
  for (const path of [
    "/anthropic/v1/messages/batches",
    "/anthropic//v1/messages",
    "/anthropic/v1/messages/",
    "/anthropic/v1/../v1/messages",
    "/anthropic/v1/%6dessages",
    "/openai/v1/embeddings",
    "/openai/v1/files",
    "/gemini/v1beta/models/a%2f..:generateContent",
    "/gemini/v1beta/models/m:batchGenerateContent",
    "http://example.com/anthropic/v1/messages",
    "/v1/messages",
    "/",
  ])
    expect([path, routeOf("POST", path)]).toEqual([path, null]);
  expect(routeOf("DELETE", "/anthropic/v1/models")).toBe(null);
});

test("every error has the shape of its API, and only what passes by itself may be tried again", () => {
  const troubles: Trouble[] = [
    "bad-request",
    "bad-token",
    "no-budget",
    "unknown-model",
    "unknown-path",
    "too-large",
    "too-many",
    "no-key",
    "refused",
    "failed",
    "hung",
  ];
  for (const trouble of troubles) {
    for (const provider of providers) {
      const { status, body, headers } = errorAnswer(provider, trouble, "why");
      const said = JSON.parse(body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(String(said.error.message)).toContain("why");
      expect(headers["x-should-retry"]).toBe(String(["too-many", "failed", "hung"].includes(trouble)));
      if (provider === "anthropic") expect([said.type, typeof said.error.type]).toEqual(["error", "string"]);
      if (provider === "openai") expect(said.error).toMatchObject({ param: null, type: expect.any(String) });
      if (provider === "gemini")
        expect(said.error).toMatchObject({ code: status, status: expect.stringMatching(/^[A-Z_]+$/) });
    }
  }
  const budget = (provider: (typeof providers)[number]) =>
    JSON.parse(errorAnswer(provider, "no-budget", "why").body);
  expect(budget("anthropic").error.message).toMatch(/^You have reached your specified API usage limits/);
  expect(budget("openai").error.code).toBe("insufficient_quota");
  expect(budget("gemini").error).toMatchObject({ code: 429, status: "RESOURCE_EXHAUSTED" });
});

test("a token is good for its session until that rests for a day", () => {
  let now = 0;
  const tokens = new SessionTokens(() => now);
  const [a, b] = [tokens.begin("coder"), tokens.begin("other")];
  expect(a.token).not.toBe(b.token);
  expect(tokens.find(a.token)).toEqual({ agent: "coder", session: a.session });
  for (const wrong of ["", a.session, a.token.slice(0, -1), `${a.token}x`, a.token.toUpperCase()])
    expect(tokens.find(wrong)).toBe(null);
  now += 23 * 3_600_000;
  expect(tokens.find(a.token)?.agent).toBe("coder");
  now += 2 * 3_600_000;
  expect([tokens.find(a.token)?.agent, tokens.find(b.token)]).toEqual(["coder", null]);
  expect(tokens.open()).toEqual([{ agent: "coder", session: a.session }]);
});
