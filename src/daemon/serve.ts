import { chmodSync, existsSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { ensurePrivateDirectory, type StatePaths } from "../app/home.ts";
import { type OpenGate, openGate } from "../app/open-gate.ts";
import { isMirrorError, systemErrorCode } from "../base/errors.ts";
import { limits } from "../base/limits.ts";

/** Milliseconds between two looks whether the sockets are still there. */
const healEvery = 1_000;

/** Milliseconds without a call after which the daemon stops. */
const idleTime = 30 * 60 * 1_000;

/**
 * Runs the daemon of one repository until it is told to stop or has nothing to do: one socket per bound agent,
 * and one for control. Returns when everything is folded and closed; at once if another daemon holds the ledger.
 */
export async function serveDaemon(paths: StatePaths, idle: number = idleTime): Promise<void> {
  const gate = await openUnlessServed(paths);
  if (gate === null) return;
  const daemon = new Daemon(paths, gate, idle);
  process.on("SIGTERM", () => daemon.stop());
  process.on("SIGINT", () => daemon.stop());
  await daemon.run();
}

async function openUnlessServed(paths: StatePaths): Promise<OpenGate | null> {
  try {
    return await openGate(paths);
  } catch (error) {
    if (isMirrorError(error, "ledger-locked")) return null;
    throw error;
  }
}

class Daemon {
  readonly #paths: StatePaths;
  readonly #gate: OpenGate;
  readonly #idleTime: number;
  readonly #servers = new Map<string, Server>();
  #following: Promise<void> = Promise.resolve();
  #stopped: () => void = () => undefined;
  #idle: NodeJS.Timeout | null = null;

  constructor(paths: StatePaths, gate: OpenGate, idle: number) {
    this.#idleTime = idle;
    this.#paths = paths;
    this.#gate = gate;
  }

  async run(): Promise<void> {
    this.#makeDirectories();
    const ended = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    await this.#followBindings();
    // Control comes up last: whoever sees it may count on the agents' sockets.
    await this.#listenForControl();
    this.#keepAwake();
    const healing = setInterval(() => this.#heal(), healEvery);
    await ended;
    clearInterval(healing);
    for (const server of this.#servers.values()) {
      server.close();
      server.closeAllConnections();
    }
    for (const socket of this.#servers.keys()) rmSync(socket, { force: true });
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
      .catch((error: unknown) => console.error(error));
  }

  stop(): void {
    this.#stopped();
  }

  #keepAwake(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), this.#idleTime);
    this.#idle.unref();
  }

  /** Listens for exactly the agents that are bound now. One at a time: a socket must not be opened twice. */
  #followBindings(): Promise<void> {
    const followed = this.#following.then(() => this.#followNow());
    this.#following = followed.catch(() => undefined);
    return followed;
  }

  async #followNow(): Promise<void> {
    const wanted = new Map(
      this.#gate.agents().map((agent) => [join(this.#paths.sockets, `${agent}.sock`), agent]),
    );
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
      handle(request, response).catch((error: unknown) => {
        console.error(error);
        if (!response.headersSent) response.writeHead(500);
        response.end(isMirrorError(error) ? error.message : "");
      });
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
      response.writeHead(400).end();
      return;
    }
    const body = await readBody(request);
    const answer = await this.#gate.answer({ agent, client, event, body, claimedPid: claimedPid(request) });
    const text = `${answer.text}\n${nonce}\n`;
    let delivered = false;
    const settle = (): void => {
      if (!delivered) answer.undelivered().catch((error: unknown) => console.error(error));
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
    await this.#followBindings();
  }

  async #control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/v1/status") {
      const text = JSON.stringify({ pid: process.pid, agents: this.#gate.agents() });
      response.writeHead(200, { "content-length": Buffer.byteLength(text) }).end(text);
    } else if (request.url === "/v1/fold" && request.method === "POST") {
      await this.#gate.refresh();
      await this.#followBindings();
      response.writeHead(200).end();
    } else if (request.url === "/v1/stop" && request.method === "POST") {
      response.writeHead(200).end();
      this.stop();
    } else {
      response.writeHead(404).end();
    }
  }
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

function claimedPid(request: IncomingMessage): number | null {
  const text = request.headers["x-mirror-parent"];
  return typeof text === "string" && /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : null;
}
