import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Exchange } from "./exchange.ts";
import type { BusParts, BusSession } from "./ports.ts";
import type { Provider } from "./provider.ts";
import { type BegunSession, SessionTokens } from "./tokens.ts";
import { Upstreams } from "./upstreams.ts";

/** What a client may do to the bus, in milliseconds and numbers. */
export interface BusLimits {
  /** Until a request is here, whole. */
  readonly request: number;
  readonly bodyBytes: number;
  /** All bodies at once. */
  readonly heldBytes: number;
  /** Requests of one session at once. */
  readonly atOnce: number;
}

const usualLimits: BusLimits = {
  request: 120_000,
  bodyBytes: 33_554_432,
  heldBytes: 268_435_456,
  atOnce: 64,
};

/** The real keys, by API. In memory and nowhere else. */
export type ProviderKeys = ReadonlyMap<Provider, string>;

/** The model bus: one port of this machine alone, which stands for the APIs of all providers. */
export class BusServer {
  readonly #parts: BusParts;
  readonly #limits: BusLimits;
  readonly #server: Server;
  readonly #tokens: SessionTokens;
  readonly #upstreams = new Upstreams();
  readonly #running = new Map<string, number>();
  readonly #exchanges = new Set<Promise<void>>();
  #keys: ProviderKeys = new Map();
  #heldBytes = 0;

  constructor(parts: BusParts, limits: Partial<BusLimits> = {}) {
    this.#parts = parts;
    this.#limits = { ...usualLimits, ...limits };
    this.#tokens = new SessionTokens(parts.clock);
    const times = { requestTimeout: this.#limits.request, headersTimeout: this.#limits.request };
    const checking = { connectionsCheckingInterval: Math.min(5_000, this.#limits.request) };
    this.#server = createServer({ ...times, ...checking }, (request, response) => {
      const exchange = this.#answer(request, response).finally(() => this.#exchanges.delete(exchange));
      this.#exchanges.add(exchange);
    });
  }

  /** Opens a port that nobody else has. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes keys; those of other providers stay. */
  hold(keys: ProviderKeys): void {
    this.#keys = new Map([...this.#keys, ...keys]);
  }

  /** For whom there is a key. */
  held(): readonly Provider[] {
    return [...this.#keys.keys()].sort();
  }

  begin(agent: string): BegunSession {
    return this.#tokens.begin(agent);
  }

  sessions(): readonly BusSession[] {
    return this.#tokens.open();
  }

  /** Ends every session and every request, each settled before this resolves. */
  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.allSettled(this.#exchanges);
    this.#upstreams.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request, response, {
      parts: this.#parts,
      upstreams: this.#upstreams,
      findSession: (token) => this.#tokens.find(token),
      keyOf: (provider) => this.#keys.get(provider) ?? null,
      bodyBytes: this.#limits.bodyBytes,
      enter: (session) => this.#enter(session),
      hold: (bytes) => this.#hold(bytes),
    });
    await exchange.run().catch((error: unknown) => {
      this.#parts.report(error);
      response.destroy();
    });
  }

  /** Counts a request in; gives a way to count it out, or null where there are too many. */
  #enter({ session }: BusSession): (() => void) | null {
    const running = this.#running.get(session) ?? 0;
    if (running >= this.#limits.atOnce) return null;
    this.#running.set(session, running + 1);
    return () => {
      const left = (this.#running.get(session) ?? 1) - 1;
      if (left === 0) this.#running.delete(session);
      else this.#running.set(session, left);
    };
  }

  /** Keeps room for a body; gives a way to leave it, or null where there is none. */
  #hold(bytes: number): (() => void) | null {
    if (this.#heldBytes + bytes > this.#limits.heldBytes) return null;
    this.#heldBytes += bytes;
    return () => {
      this.#heldBytes -= bytes;
    };
  }
}
