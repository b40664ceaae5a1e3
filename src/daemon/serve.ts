import { chmodSync, existsSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BusHost } from "../app/bus-host.ts";
import { type DaemonStatus, daemonStatusAt, refreshDaemon } from "../app/daemon-control.ts";
import { listens } from "../app/daemon-process.ts";
import { ensurePrivateDirectory, type StatePaths } from "../app/home.ts";
import { type OpenGate, openGate } from "../app/open-gate.ts";
import { reportFailure } from "../app/report-failure.ts";
import { isMirrorError, MirrorError, systemErrorCode } from "../base/errors.ts";
import { limits } from "../base/limits.ts";

/** Says that a signer is asked, and that the same call is to be sent again. */
const waitingStatus = 202;

/** Milliseconds between two looks whether the sockets are still there. */
const healEvery = 1_000;

/** Milliseconds without a call after which the daemon stops. */
const idleTime = 30 * 60 * 1_000;

/** Milliseconds after the first answer at which `warm` is told: by then the code that answers has run. */
const warmAfter = 1_000;

/** Milliseconds that calls under way have when the daemon stops. */
const lastCalls = 5_000;

/** Milliseconds between two looks whether whoever holds the ledger listens, and for how long that is awaited. */
const lookEvery = 20;
const patience = 8_000;

export interface ServeOptions {
  /** Whose call waits for this daemon; null: nobody's. */
  readonly agent: string | null;
  /** Told when calls can be made, by this daemon or another, with null; or why `agent` has no socket. */
  readonly started: (refusal: MirrorError | null) => void;
  /** Told once, some time after the first answer. */
  readonly warm: () => void;
  /** Milliseconds without a call after which the daemon stops; default half an hour. */
  readonly idle?: number;
}

/**
 * Runs the daemon of one repository until it is told to stop or has nothing to do: one socket per bound agent,
 * and one for control. Returns when everything is folded and closed; at once if another daemon serves. Throws
 * MirrorErrors for a state that cannot be stood on, and `ledger-locked` where somebody holds the ledger and never
 * listens.
 */
export async function serveDaemon(paths: StatePaths, options: ServeOptions): Promise<void> {
  const bound = async (agents: readonly string[]): Promise<void> => {
    const { agent } = options;
    options.started(agent === null || agents.includes(agent) ? null : unbound(agent));
  };
  const gate = await openUnlessServed(paths, options.agent);
  if ("pid" in gate) {
    await bound(gate.agents);
    return;
  }
  const daemon = new Daemon(paths, gate, options);
  process.on("SIGTERM", () => daemon.stop());
  process.on("SIGINT", () => daemon.stop());
  // A terminal that closes takes its hooks along, not the gate of others.
  process.on("SIGHUP", () => undefined);
  await daemon.run(() => bound(gate.agents()));
}

function unbound(agent: string): MirrorError {
  return new MirrorError("unknown-agent", `no binding for \`${agent}\` is approved in this repository`, {
    hint: `run \`mirror agent add ${agent} --client claude-code\``,
  });
}

/** Opens the gate; gives the other daemon once one serves, which then knows of `agent` if it is bound. */
async function openUnlessServed(paths: StatePaths, agent: string | null): Promise<OpenGate | DaemonStatus> {
  for (const until = Date.now() + patience; ; ) {
    try {
      return (await serving(paths, agent)) ?? (await openGate(paths));
    } catch (error) {
      // Another daemon that starts, stops or dies over our question, or a command that folds: all are soon done.
      if (!isMirrorError(error, "ledger-locked", "gate-unreachable") || Date.now() > until) throw error;
    }
    await sleep(lookEvery);
  }
}

/** Gives the daemon that serves; null if none does. Throws `gate-unreachable` where it does not answer. */
async function serving(paths: StatePaths, agent: string | null): Promise<DaemonStatus | null> {
  if (!(await listens(paths.control))) return null;
  if (agent !== null && !(await listens(socketOf(paths, agent)))) await refreshDaemon(paths);
  return await daemonStatusAt(paths);
}

function socketOf(paths: StatePaths, agent: string): string {
  return join(paths.sockets, `${agent}.sock`);
}

class Daemon {
  readonly #paths: StatePaths;
  readonly #gate: OpenGate;
  readonly #options: ServeOptions;
  readonly #calls = new Set<Promise<unknown>>();
  readonly #servers = new Map<string, Server>();
  #following: Promise<void> = Promise.resolve();
  #stopped: () => void = () => undefined;
  #idle: NodeJS.Timeout | null = null;
  /** The model bus, once somebody asked for it. */
  #bus: BusHost | null = null;

  /** Waiting to tell that the code which answers has run; null before the first answer, and once it was told. */
  #warming: NodeJS.Timeout | null = null;
  #isWarm = false;

  constructor(paths: StatePaths, gate: OpenGate, options: ServeOptions) {
    this.#options = options;
    this.#paths = paths;
    this.#gate = gate;
  }

  async run(listening: () => Promise<void>): Promise<void> {
    this.#makeDirectories();
    const ended = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    await this.#followBindings();
    // Control comes up last: whoever sees it may count on the agents' sockets.
    await this.#listenForControl();
    this.#keepAwake();
    await listening();
    const healing = setInterval(() => this.#heal(), healEvery);
    await ended;
    clearInterval(healing);
    this.#gate.release();
    for (const server of this.#servers.values()) server.close();
    for (const socket of this.#servers.keys()) rmSync(socket, { force: true });
    const ending = [...this.#calls, this.#bus?.stop()];
    await Promise.race([Promise.allSettled(ending), sleep(lastCalls, undefined, { ref: false })]);
    for (const server of this.#servers.values()) server.closeAllConnections();
    this.#tellWarm();
    await this.#gate.close();
  }

  #makeDirectories(): void {
    ensurePrivateDirectory(dirname(this.#paths.sockets));
    ensurePrivateDirectory(this.#paths.sockets);
  }

  async #listenForControl(): Promise<void> {
    await this.#listen(this.#paths.control, (request, response) => this.#control(request, response));
  }

  /** The sockets may lie in a directory that others tidy up: what is gone is opened again. */
  #heal(): void {
    if (existsSync(this.#paths.control)) return;
    this.#following = this.#following
      .then(async () => {
        for (const server of this.#servers.values()) server.close();
        this.#servers.clear();
        this.#makeDirectories();
        await this.#followNow();
        await this.#listenForControl();
      })
      .catch((error: unknown) => reportFailure(error));
  }

  stop(): void {
    this.#stopped();
  }

  #keepAwake(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      // The bus' port must not be free while a token for it is good.
      if (this.#bus?.isNeeded() === true) this.#keepAwake();
      else this.stop();
    }, this.#options.idle ?? idleTime);
    this.#idle.unref();
  }

  /** Listens for exactly the agents that are bound now. One at a time: a socket must not be opened twice. */
  #followBindings(): Promise<void> {
    const followed = this.#following.then(() => this.#followNow());
    this.#following = followed.catch(() => undefined);
    return followed;
  }

  async #followNow(): Promise<void> {
    const wanted = new Map(this.#gate.agents().map((agent) => [socketOf(this.#paths, agent), agent]));
    for (const [socket, server] of this.#servers) {
      if (socket === this.#paths.control || wanted.has(socket)) continue;
      server.close();
      rmSync(socket, { force: true });
      this.#servers.delete(socket);
    }
    for (const [socket, agent] of wanted) {
      if (this.#servers.has(socket)) continue;
      await this.#listen(socket, (request, response) => this.#hook(agent, request, response));
    }
  }

  async #listen(
    socket: string,
    handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ): Promise<void> {
    // We hold the ledger's lock, so a socket that stands here is a dead daemon's.
    rmSync(socket, { force: true });
    const server = createServer((request, response) => {
      this.#keepAwake();
      const call = handle(request, response).catch((error: unknown) => {
        reportFailure(error);
        if (response.headersSent) response.end();
        else reply(response, 500, isMirrorError(error) ? error.message : "");
      });
      this.#calls.add(call);
      void call.then(() => this.#calls.delete(call));
    });
    server.keepAliveTimeout = 1_000;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(socket, resolve);
    });
    chmodSync(socket, 0o600);
    this.#servers.set(socket, server);
  }

  async #hook(agent: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , kind, client] = (request.url ?? "").split("/");
    const nonce = request.headers["x-mirror-nonce"];
    const event = String(request.headers["x-mirror-event"] ?? "");
    if (
      kind !== "hook" ||
      client === undefined ||
      typeof nonce !== "string" ||
      !/^[0-9a-zA-Z-]{8,64}$/.test(nonce)
    ) {
      reply(response, 400);
      return;
    }
    const body = await readBody(request);
    const again =
      request.headers["x-mirror-attempt"] !== undefined && request.headers["x-mirror-attempt"] !== "1";
    const claimed = claimedPid(request);
    const answer = await this.#gate.answer({ agent, client, event, body, again, claimedPid: claimed });
    const text = `${answer.text}\n${nonce}\n`;
    // The nonce says that it is this gate which wants to be asked again.
    if (answer.waits) {
      reply(response, waitingStatus, text);
      return;
    }
    let delivered = false;
    const settle = (): void => {
      if (!delivered) answer.undelivered().catch((error: unknown) => reportFailure(error));
    };
    response.on("finish", () => {
      delivered = true;
    });
    // Who hung up while we decided is not told of again.
    if (response.destroyed) settle();
    else response.on("close", settle);
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    });
    response.end(text);
    this.#warmSoon();
    await this.#followBindings();
  }

  #warmSoon(): void {
    if (this.#isWarm) return;
    this.#isWarm = true;
    this.#warming = setTimeout(() => this.#tellWarm(), warmAfter);
    this.#warming.unref();
  }

  #tellWarm(): void {
    if (this.#warming === null) return;
    clearTimeout(this.#warming);
    this.#warming = null;
    try {
      this.#options.warm();
    } catch (error) {
      // Only the next start would have been faster.
      reportFailure(error);
    }
  }

  /** Does what a person asked for; what does not count is told, and is no failure of the daemon. */
  async #consented(response: ServerResponse, act: () => Promise<unknown>): Promise<void> {
    try {
      reply(response, 200, JSON.stringify((await act()) ?? null));
    } catch (error) {
      if (!isMirrorError(error)) throw error;
      reply(response, 409, error.message);
    }
  }

  async #control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/v1/status") {
      const bus = this.#bus?.status()?.address ?? null;
      const text = JSON.stringify({ pid: process.pid, agents: this.#gate.agents(), bus });
      reply(response, 200, text);
    } else if (request.url === "/v1/fold" && request.method === "POST") {
      await this.#gate.refresh();
      await this.#followBindings();
      reply(response, 200);
    } else if (request.url === "/v1/inputs" && request.method === "POST") {
      await this.#gate.writeInputs();
      reply(response, 200);
    } else if (request.url === "/v1/asks") {
      reply(response, 200, JSON.stringify(await this.#gate.waiting()));
    } else if (request.url === "/v1/grants") {
      reply(response, 200, JSON.stringify(await this.#gate.granted()));
    } else if (request.url === "/v1/consent" && request.method === "POST") {
      const answer = signedAnswer(await readBody(request));
      await this.#consented(response, async () => await this.#gate.consent(answer));
    } else if (request.url === "/v1/grants/add" && request.method === "POST") {
      const signed = signedAnswer(await readBody(request));
      await this.#consented(response, async () => await this.#gate.topUp(signed));
    } else if (request.url?.startsWith("/v1/grants/revoke/") === true && request.method === "POST") {
      const seq = Number(request.url.split("/").at(-1));
      await this.#consented(response, () => this.#gate.revokeGrant(seq));
    } else if (request.url === "/v1/stop" && request.method === "POST") {
      reply(response, 200);
      this.stop();
    } else if (request.url?.startsWith("/v1/bus") === true) {
      await this.#controlBus(request, response);
    } else {
      reply(response, 404);
    }
  }

  async #controlBus(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Loaded for those who use it: the gate must start fast for all.
    const { BusHost } = await import("../app/bus-host.ts");
    this.#bus ??= new BusHost(this.#gate);
    const asked = `${request.method} ${request.url}`;
    const answer = await this.#bus.control(asked, (await readBody(request)) ?? new Uint8Array());
    if (answer === null) reply(response, 404);
    else reply(response, 200, JSON.stringify(answer));
  }
}

/** Answers with a length: whoever asks sees by it that the answer is whole. */
function reply(response: ServerResponse, status: number, text = ""): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(text) }).end(text);
}

/** Gives what was sent; null if that is more than a payload may be, or the sender hung up half-way. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      // Read on, so that the sender gets to hear the answer, but keep nothing more.
      if (length <= limits.payload) chunks.push(chunk);
    }
  } catch (error) {
    if (systemErrorCode(error) === null) throw error;
    return null;
  }
  return length > limits.payload ? null : Buffer.concat(chunks);
}

/** Gives an answer as it was sent; texts that nobody signed where it is none. */
function signedAnswer(body: Uint8Array | null): { readonly text: string; readonly signature: string } {
  const [text = "", signature = ""] = Buffer.from(body ?? [])
    .toString("utf8")
    .split("\0");
  return { text, signature };
}

function claimedPid(request: IncomingMessage): number | null {
  const text = request.headers["x-mirror-parent"];
  return typeof text === "string" && /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : null;
}
