// What the model bus adds to a model call: the time to the first byte of a streamed answer, against the same request to the
// same server without it. Through the bus it is reserved first, durably.
import { once } from "node:events";
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { join } from "node:path";
import { atMost, median, paired, timed } from "../harness.mjs";
import { inScratch, withGoverned } from "../scratch.mjs";

/** What a coding agent sends: a long prompt. */
const prompt = "a line of somebody's code, and another one\\n".repeat(2_500);
const body = JSON.stringify({
  model: "m",
  max_tokens: 1_000,
  stream: true,
  messages: [{ role: "user", content: prompt }],
});
const answer = [
  `event: message_start\ndata: ${JSON.stringify({ type: "message_start", message: { usage: { input_tokens: 9, output_tokens: 1 } } })}\n\n`,
  `event: message_delta\ndata: ${JSON.stringify({ type: "message_delta", usage: { output_tokens: 9 } })}\n\n`,
];
/** Calls after which V8 has compiled nearly all of what every call runs. */
const warming = 400;
/** In one round, of which the round's number is the median. */
const calls = 11;

export async function measure(rounds) {
  return await withGoverned(async (governed) => {
    const server = createServer(async (asked, response) => {
      for await (const _ of asked);
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of answer) response.write(event);
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const place = server.address();
      const address = `http://127.0.0.1:${typeof place === "object" ? place?.port : place}`;
      governed.adopt({
        "prices.yaml": "version: 1\nmodels: { m: { input: 1, output: 1 } }\n",
        "mirror.yaml": (text) => `${text}\nbus: { upstreams: { anthropic: "${address}" } }\n`,
        "agents/coder.yaml": (text) =>
          `${text}\nbudgets: [{ id: month, unit: usd, limit: 1000000, window: month }]\n`,
      });
      const { environment } = JSON.parse(governed.busEnvironment());
      const direct = () => firstByte(address, "key");
      const bus = () => firstByte(environment.ANTHROPIC_BASE_URL, environment.ANTHROPIC_AUTH_TOKEN);
      for (let call = 0; call < warming; call += 1) await bus();
      /** @type {{ direct: number[], bus: number[] }} */
      const all = { direct: [], bus: [] };
      const taken = await inScratch((directory) => {
        const disk = openSync(join(directory, "disk"), "w");
        const durable = async () => {
          writeSync(disk, block);
          fdatasyncSync(disk);
        };
        return paired(rounds, {
          direct: () => middle(direct, all.direct),
          bus: () => middle(bus, all.bus),
          disk: () => middle(() => timed(durable), []),
        });
      });
      const [through, without] = [taken.median("bus"), taken.median("direct")];
      const times = `${ms(through)} against ${ms(without)} without it`;
      const average = `on average ${ms(mean(all.bus) - mean(all.direct))} more`;
      const detail = `${times}, ${average}; making a page durable: ${ms(taken.median("disk"))}`;
      return [atMost("added to the first byte", through - without, 2, "ms", detail)];
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
}

/** What a receipt is, about. */
const block = Buffer.alloc(4_096);

const agent = new Agent({ keepAlive: true });

/** Gives the milliseconds from the request to the first byte of its answer's body. */
async function firstByte(base, key) {
  const started = process.hrtime.bigint();
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const asked = request(`${base}/v1/messages`, { method: "POST", agent, headers });
  asked.end(body);
  const [response] = await once(asked, "response");
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  let time = null;
  for await (const _ of response) time ??= Number(process.hrtime.bigint() - started) / 1e6;
  if (time === null) throw new Error("the answer is empty");
  return time;
}

const ms = (time) => `${time.toFixed(2)} ms`;

/** Takes a round's calls, and gives the median of them. */
async function middle(measured, all) {
  const times = [];
  for (let call = 0; call < calls; call += 1) times.push(await measured());
  all.push(...times);
  return median(times);
}

function mean(times) {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
