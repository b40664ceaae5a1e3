import { expect, test } from "vitest";
import { claudeTranscripts } from "../../src/clients/claude-transcript.ts";

const usage = {
  input_tokens: 3,
  cache_creation_input_tokens: 100,
  cache_read_input_tokens: 20_000,
  cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
  output_tokens: 7,
  service_tier: "standard",
  inference_geo: "not_available",
};
const message = { id: "msg_1", role: "assistant", model: "claude-opus-5-5", content: [], usage };
const entry = { type: "assistant", timestamp: "2026-11-26T05:00:00.000Z", requestId: "req_1", message };

const read = (value: unknown) => claudeTranscripts.readLine(JSON.stringify(value));
const withUsage = (more: object) => read({ ...entry, message: { ...message, usage: { ...usage, ...more } } });

test("an answer is read with its tokens by what they are charged as", () => {
  const told = {
    id: "msg_1",
    model: "claude-opus-5-5",
    time: Date.parse(entry.timestamp),
    tokens: { input: 3, output: 7, cacheRead: 20_000, cacheWrite: 60, longCacheWrite: 40 },
  };
  expect(read(entry)).toEqual(told);
  expect(read({ ...entry, isSidechain: true, agentId: "a1" })).toEqual(told);
  expect(read({ ...entry, timestamp: "yesterday" })).toEqual({ ...told, time: null });
  // Those that cost more have a name, and so a price, of their own.
  expect(withUsage({ speed: "fast", inference_geo: "us" })).toMatchObject({
    model: "claude-opus-5-5 fast us",
  });
  expect(withUsage({ service_tier: "priority" })).toMatchObject({ model: "claude-opus-5-5 priority" });
  // Older versions do not say how long a cache is kept, nor others of a cache at all.
  expect(withUsage({ cache_creation: undefined, cache_read_input_tokens: null })).toMatchObject({
    tokens: { cacheRead: 0, cacheWrite: 100, longCacheWrite: 0 },
  });
  // Nobody goes uncounted for an odd name.
  for (const model of [undefined, 7, "", "a b", "é".repeat(200)])
    expect(read({ ...entry, message: { ...message, model } })).toMatchObject({ model: "unnamed" });
});

test("what is no answer of a model tells nothing, and what should be one and cannot be read is garbage", () => {
  for (const nothing of [
    { type: "user", toolUseResult: { usage } },
    { type: "progress", data: { message: { type: "assistant", message } } },
    { type: "assistant", message: { ...message, usage: undefined, content: [] } },
    { ...entry, message: { ...message, model: "<synthetic>" } },
  ])
    expect(read(nothing)).toBeNull();
  for (const garbage of [
    { ...entry, message: { ...message, id: undefined } },
    { ...entry, message: { ...message, id: "x".repeat(513) } },
    { ...entry, message: [usage] },
    { ...entry, message: { ...message, usage: [1] } },
  ])
    expect(JSON.stringify(garbage).includes('"usage"') ? read(garbage) : "garbage").toBe("garbage");
  for (const tokens of [-1, 0.5, 1e12, "3", true])
    expect(withUsage({ output_tokens: tokens })).toBe("garbage");
  const text = JSON.stringify(entry);
  for (const line of ["x", text.slice(0, 90), `${text.slice(0, 90)}${text}`])
    expect(claudeTranscripts.readLine(line)).toBe("garbage");
  const deep = `{"usage":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  expect(["garbage", null]).toContain(claudeTranscripts.readLine(deep));
});
