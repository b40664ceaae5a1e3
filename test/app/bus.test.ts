// The model bus as it ships: started by a person, asked by clients, held to budgets by the gate, before servers on this
// machine that speak each API.
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { gatherKeys } from "../../src/app/bus-keys.ts";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { asked, begun, measured, text, ways } from "../fixtures/model-bus.ts";
import { type ModelServers, modelServers } from "../fixtures/model-servers.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

const secrets = { ANTHROPIC_API_KEY: "sk-ant-real-1", OPENAI_API_KEY: "sk-real-2" };
const geminiKey = "real-gemini-key-3";

const prices = `version: 1
models:
  m: { input: 1, output: 2, cache_read: 0.5, cache_write: 1, cache_write_1h: 1 }
  gated: { input: 1, output: 1, max_input: 100 }
  free: { input: 0, output: 0 }
`;
const budgets: Readonly<Record<string, string>> = {
  coder: "{ id: money, unit: usd, limit: 0.02, window: total }",
  racer: "{ id: words, unit: tokens, limit: 1000, window: month }",
};

/** A repository whose policy set has prices, upstreams and two agents with budgets. */
function priced(address: string): Governed {
  const repository = boundRepository();
  const directory = scratchDirectory();
  const file = (path: string, content: string): string[] => {
    const place = join(directory, path.replaceAll("/", "-"));
    writeFileSync(place, content);
    return ["--from-file", place, "--as", path];
  };
  const config = repository.git("show", "HEAD:.mirror/mirror.yaml");
  const upstreams = `{ anthropic: "${address}", openai: "${address}", gemini: "${address}" }`;
  const files = [
    ...file("prices.yaml", prices),
    ...file("mirror.yaml", `${config}\nbus: { upstreams: ${upstreams} }\n`),
    ...Object.entries(budgets).flatMap(([id, budget]) =>
      file(
        `agents/${id}.yaml`,
        `version: 1\nid: ${id}\nclients: [claude-code]\npolicies: [base]\nbudgets: [${budget}]\n`,
      ),
    ),
  ];
  repository.ok("policy", "propose", "bus", ...files);
  const plan = repository.ok("policy", "plan", "bus");
  expect(plan).toContain(`the model bus: anthropic ${address}, was https://api.anthropic.com`);
  expect(plan).toContain("a price: m costs $1 input, $2 output, $0.5 cache read");
  repository.ok("policy", "merge", "bus");
  return repository;
}

interface Session {
  readonly token: string;
  readonly session: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

function session(repository: Governed, agent: string): Session {
  const said = JSON.parse(repository.ok("bus", "env", "--agent", agent, "--json"));
  return { ...said, port: Number(new URL(said.environment.ANTHROPIC_BASE_URL).port) };
}

/** What is spent of an agent's budget: used, and held for what is under way. */
function spent(agent: string): { readonly used: number; readonly reserved: number } {
  const [{ used, reserved }] = JSON.parse(repository.ok("budget", "--agent", agent, "--json"));
  return { used, reserved };
}

let models: ModelServers;
let repository: Governed;

beforeAll(async () => {
  models = await modelServers();
  repository = priced(models.address);
});

test("a person starts the bus, and a client that reads its settings is metered by what the provider says", async () => {
  const refused = repository.mirror("bus", "env", "--agent", "nobody");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("`nobody` is not bound")]);
  expect(JSON.parse(repository.ok("bus", "status", "--json"))).toEqual({ running: false });
  const file = join(repository.mirrorHome, "bus.yaml");
  const program = join(scratchDirectory(), "print-key");
  writeFileSync(program, `#!/bin/sh\necho "$1"\n`);
  chmodSync(program, 0o755);
  const mistakes: readonly (readonly [string, number, RegExp])[] = [
    ["version: 1\nkeys: { gemini: print-key }\n", 0o600, /bus\.yaml has mistakes/],
    ["version: 1\nkeys: { gemini: [print-key] }\n", 0o600, /expected an absolute path/],
    ["version: 1\nkeys: { gemini: [/bin/false] }\n", 0o600, /`\/bin\/false` that .*bus\.yaml names failed/],
    [`version: 1\nkeys: { gemini: [${program}, "a b"] }\n`, 0o600, /expected one word/],
    ["version: 1\nkeys: {}\n", 0o600, /there is no key for the model bus/],
    ["version: 1\nkeys: {}\n", 0o644, /open to others/],
  ];
  for (const [content, mode, message] of mistakes) {
    writeFileSync(file, content);
    chmodSync(file, mode);
    // What stands in the environment may be a token of the bus itself: that is no key.
    const environment = { OPENAI_API_KEY: "mirror-bus-x", ANTHROPIC_API_KEY: "" };
    expect(() => gatherKeys(repository.mirrorHome, environment)).toThrow(message);
  }
  writeFileSync(file, `version: 1\nkeys: { gemini: [${program}, ${geminiKey}] }\n`);
  chmodSync(file, 0o600);
  const started = JSON.parse(
    repository.mirrorWith({ environment: secrets }, "bus", "start", "--json").stdout,
  );
  expect(started).toMatchObject({ running: true, keys: ["anthropic", "gemini", "openai"], sessions: [] });
  expect(repository.ok("status")).toContain(`bus        ${started.address}`);

  // As a shell reads it: the real key is not in the client's environment any more.
  const lines = repository.ok("bus", "env", "--agent", "coder");
  const names = [
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
  ];
  const script = `${lines}${names.map((name) => `echo "\${${name}-none}"`).join("\n")}`;
  const [base, token, none, ...others] = execFileSync("/bin/sh", ["-c", script], {
    encoding: "utf8",
    env: secrets,
  })
    .trim()
    .split("\n");
  expect([base, none, others]).toEqual([started.addresses.anthropic, "none", [token, token]]);

  const { port } = new URL(String(base));
  const stream = [true, false, true, false];
  for (const [api, isStream] of stream.entries()) {
    const way = ways("m", String(token), isStream)[api];
    const answer = await asked({ ...way, port: Number(port) });
    expect([api, answer.status]).toEqual([api, 200]);
    expect(JSON.stringify(models.arrived.at(-1)?.headers)).toContain(
      [secrets.ANTHROPIC_API_KEY, secrets.OPENAI_API_KEY, secrets.OPENAI_API_KEY, geminiKey][api],
    );
  }
  const micro = stream.map((_, api) => {
    const { input, output, cacheRead, cacheWrite } = measured(api);
    return input + output * 2 + cacheRead * 0.5 + cacheWrite;
  });
  const all = micro.reduce((sum, each) => sum + each, 0);
  expect(spent("coder")).toEqual({ used: all / 1e6, reserved: 0 });
  expect(repository.ok("log", "--kind", "spend", "--agent", "coder")).toMatch(
    /settled +m: 85 tokens, 0.000095 usd/,
  );

  // Its own shape, and words that say which budget, how much and what a person can do.
  const dear = { model: "m", max_tokens: 20_000 };
  const over = await asked({ ...ways("m", String(token))[0], port: Number(port), body: dear });
  expect([over.status, JSON.parse(over.text).error.message]).toEqual([
    400,
    expect.stringMatching(
      /^You have reached your specified API usage limits.*allows 0.02 usd in all.*budget\/money/,
    ),
  ]);
  const unknown = await asked({ ...ways("unknown", String(token))[1], port: Number(port) });
  expect([unknown.status, JSON.parse(unknown.text).error.code]).toEqual([404, "model_not_found"]);
  expect(spent("coder")).toEqual({ used: all / 1e6, reserved: 0 });
});

test("parallel calls get what the budget has and not one token more, and another agent's is not theirs", async () => {
  const { token, port } = session(repository, "racer");
  models.arrived.splice(0);
  // Each may take 100 tokens in and 50 out, so six fit.
  const way = ways("gated", token, true)[2];
  const running = await Promise.all(Array.from({ length: 12 }, () => begun({ ...way, port })));
  expect(running.filter(({ statusCode }) => statusCode === 200)).toHaveLength(6);
  const refused = running.filter(({ statusCode }) => statusCode === 429);
  expect(refused).toHaveLength(6);
  for (const answer of refused)
    expect(JSON.parse(await text(answer)).error).toMatchObject({
      code: "insufficient_quota",
      message: expect.stringMatching(/1000 tokens a month; 900 are used and this takes 150; it frees when/),
    });
  expect(models.arrived).toHaveLength(6);
  expect(spent("racer")).toEqual({ used: 0, reserved: 900 });
  models.release();
  await Promise.all(running.filter(({ statusCode }) => statusCode === 200).map(text));
  // The fake says 40 in and 25 out for each.
  expect(spent("racer")).toEqual({ used: 6 * 65, reserved: 0 });
  // A price of nothing is one that somebody approved; the tokens count all the same.
  expect((await asked({ ...ways("free", token)[2], port })).status).toBe(429);
  expect(spent("racer")).toEqual({ used: 6 * 65, reserved: 0 });
});

test("keys and tokens are in no file, no object and no receipt, and an agent gets no token by a tool call", async () => {
  const { token } = session(repository, "coder");
  await repository.bash(`curl -H "x-api-key: ${token}" http://127.0.0.1:1/`);
  expect(repository.ok("log", "--limit", "1")).toContain("curl -H");
  for (const command of [
    "mirror bus env --agent racer",
    "mirror bus stop",
    "mirror bus status",
    "npx mirror bus env --agent coder",
  ])
    expect((await repository.bash(command)).decision).toBe("deny");
  const bus = JSON.stringify(join(repository.mirrorHome, "bus.yaml"));
  expect((await repository.bash(`cat ${bus}`)).decision).toBe("deny");
  repository.ok("verify");
  const objects = repository.git("cat-file", "--batch-all-objects", "--batch");
  const files = readdirSync(repository.mirrorHome, { recursive: true, encoding: "utf8" })
    .map((name) => join(repository.mirrorHome, name))
    .filter((path) => existsSync(path) && statSync(path).isFile() && !path.includes("/bin/"))
    .filter((path) => !path.endsWith("bus.yaml"));
  expect(files.length).toBeGreaterThan(5);
  for (const secret of [...Object.values(secrets), geminiKey, token]) {
    expect(objects.includes(secret)).toBe(false);
    expect(files.filter((path) => readFileSync(path, "latin1").includes(secret))).toEqual([]);
  }
  // Nor in what anybody on this machine can see of the process.
  const { pid } = JSON.parse(repository.ok("daemon", "status", "--json"));
  if (process.platform === "linux")
    for (const file of ["environ", "cmdline"])
      expect(readFileSync(`/proc/${pid}/${file}`, "latin1")).not.toContain("real");
});

test("a gate that dies gives nothing back, takes its tokens along, and what it left verifies", async () => {
  const { token, port } = session(repository, "racer");
  const all = (): number => {
    const { used, reserved } = spent("racer");
    return used + reserved;
  };
  const before = all();
  const answer = await begun({ ...ways("gated", token, true)[1], port });
  const { pid } = JSON.parse(repository.ok("daemon", "status", "--json"));
  process.kill(pid, "SIGKILL");
  await expect(text(answer)).rejects.toThrow();
  models.release();
  expect(all()).toBe(before + 150);
  const probe = connect(port, "127.0.0.1");
  const [error] = await once(probe, "error");
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
  repository.mirrorWith({ environment: secrets }, "bus", "start");
  const again = session(repository, "racer");
  expect((await asked({ ...ways("gated", token)[1], port: again.port })).status).toBe(401);
  expect((await asked({ ...ways("gated", again.token)[1], port: again.port })).status).toBe(200);
  expect(all()).toBe(before + 150 + 65);
  const held = await begun({ ...ways("gated", again.token, true)[1], port: again.port });
  expect(JSON.parse(repository.ok("bus", "stop", "--json"))).toEqual({ stopped: true });
  await expect(text(held)).rejects.toThrow();
  models.release();
  // Where it was stopped by a person there was time to write down that nobody knows more than what was held.
  expect(all()).toBe(before + 150 + 65 + 150);
  expect(repository.ok("bus", "status")).toContain("not running");
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
});

test("a daemon with nothing to do stays while a token is good", () => {
  repository.mirror("daemon", "stop");
  const script = `
    const { serveDaemon } = await import("./dist/lib/daemon/serve.js");
    const { statePathsAt } = await import("./dist/lib/app/home.js");
    const { control } = await import("./dist/lib/app/daemon-control.js");
    const paths = statePathsAt(${JSON.stringify(repository.state())});
    const started = performance.now();
    const ended = serveDaemon(paths, { agent: null, idle: 300, warm() {}, async started() {
      await control(paths, "POST", "/v1/bus/start", { body: '{"keys":{"openai":"k"}}' });
      await control(paths, "POST", "/v1/bus/session", { body: '{"agent":"coder"}' });
      const asked = setInterval(() => {}, 100);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_000))]);
      console.log(performance.now() - started > 900 ? "stays" : "left");
      await control(paths, "POST", "/v1/bus/stop");
      clearInterval(asked);
    } });
    await ended;
    console.log("ended");
  `;
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 30_000,
  });
  expect([ran.stdout, ran.stderr]).toEqual(["stays\nended\n", ""]);
});
