import { expect, test } from "vitest";
import * as world from "../fixtures/model-bus.ts";
import { modelServers } from "../fixtures/model-servers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST B2: the real key goes to the upstream that the approved policy set names, and to nobody else.
const entry = "test/fixtures/model-bus.ts";
const passesRefusals = await moduleWithout<typeof world>(entry, {
  file: "src/bus/exchange.ts",
  text: "if (refusal !== null) {",
  by: "if (refusal?.trouble === null) {",
});
const passesHeaders = await moduleWithout<typeof world>(entry, {
  file: "src/bus/headers.ts",
  text: "...kept(headers, notPassedOn),",
  by: "...headers,",
});

test("B2: an answer that repeats the key, or leads elsewhere, does not reach the client", async () => {
  const { address } = await modelServers();
  const attack = async (mirror: typeof world, model: string): Promise<string> => {
    const { token, port } = await mirror.modelBus(address);
    const headers = { "x-api-key": token };
    return JSON.stringify(await mirror.asked({ port, headers, body: { model, max_tokens: 5 } }));
  };
  for (const [model, found] of [
    ["locked", "real-anthropic"],
    ["elsewhere", "example.com"],
  ] as const) {
    expect(await attack(world, model)).not.toContain(found);
    expect(await attack(passesRefusals, model)).toContain(found);
  }
});

test("B2: a request cannot choose its upstream, who pays, or what stands where the key goes", async () => {
  const models = await modelServers();
  const attack = async (mirror: typeof world): Promise<string> => {
    const { token, port } = await mirror.modelBus(models.address);
    const headers = {
      "x-goog-api-key": token,
      "x-goog-user-project": "another-project",
      "openai-organization": "org-other",
      "openai-project": "proj-other",
      "x-http-method-override": "DELETE",
      "x-forwarded-host": "example.com",
      host: "example.com",
      cookie: "session=1",
    };
    models.arrived.splice(0);
    await mirror.asked({ port, path: "/gemini/v1beta/models/m:generateContent", headers, body: {} });
    return JSON.stringify(models.arrived[0]?.headers);
  };
  const [kept, passed] = [await attack(world), await attack(passesHeaders)];
  expect(kept).toContain("real-gemini");
  for (const said of ["another-project", "org-other", "proj-other", "DELETE", "example.com", "session=1"])
    expect([said, kept.includes(said), passed.includes(said)]).toEqual([said, false, true]);
});
