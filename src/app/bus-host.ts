import { MirrorError } from "../base/errors.ts";
import { BusServer } from "../bus/bus-server.ts";
import type { BusParts } from "../bus/ports.ts";
import { type Provider, providers } from "../bus/provider.ts";
import { unknownAgent } from "./agents.ts";
import type { OpenGate } from "./open-gate.ts";
import { reportFailure } from "./report-failure.ts";

/** What the model bus says of itself. Its JSON is a contract with other programs. */
export interface BusStatus {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  /** What clients are pointed at, by API. */
  readonly addresses: Readonly<Record<Provider, string>>;
  /** For which APIs it holds a key. */
  readonly keys: readonly Provider[];
  /** Sessions whose token is good. */
  readonly sessions: readonly { readonly agent: string; readonly session: string }[];
}

/** A session that was begun for a client. */
export interface BusSessionStart {
  readonly agent: string;
  readonly session: string;
  readonly token: string;
  readonly addresses: BusStatus["addresses"];
}

/**
 * The model bus in the daemon. Its port, its keys and its tokens are this process's alone: what ends it ends them all, so a
 * port that somebody else can have is one for which no token is good.
 */
export class BusHost {
  readonly #gate: OpenGate;
  #server: BusServer | null = null;
  /** Two that start it at once get the same. */
  #starting: Promise<BusServer> | null = null;

  constructor(gate: OpenGate) {
    this.#gate = gate;
  }

  /** Whether somebody may still call with a token. */
  isNeeded(): boolean {
    return this.#server !== null && this.#server.sessions().length > 0;
  }

  /** Answers a control request (`POST /v1/bus/start`); null for one that is none. Throws `usage`, `unknown-agent`. */
  async control(asked: string, body: Uint8Array): Promise<object | null> {
    switch (asked) {
      case "GET /v1/bus":
        return { bus: this.status() };
      case "POST /v1/bus/start":
        return { bus: await this.#start(readKeys(body)) };
      case "POST /v1/bus/session":
        return await this.#begin(readAgent(body));
      case "POST /v1/bus/stop":
        return { stopped: await this.stop() };
      default:
        return null;
    }
  }

  status(): BusStatus | null {
    return this.#server === null ? null : statusOf(this.#server);
  }

  /** Ends the sessions and frees the port. False if it did not run. */
  async stop(): Promise<boolean> {
    const server = this.#server;
    this.#server = null;
    await server?.close();
    return server !== null;
  }

  async #start(keys: ReadonlyMap<Provider, string>): Promise<BusStatus> {
    this.#starting ??= this.#listen().finally(() => {
      this.#starting = null;
    });
    const server = await this.#starting;
    server.hold(keys);
    return statusOf(server);
  }

  async #listen(): Promise<BusServer> {
    if (this.#server !== null) return this.#server;
    const server = new BusServer(partsOf(this.#gate));
    await server.listen();
    this.#server = server;
    return server;
  }

  async #begin(agent: string): Promise<BusSessionStart> {
    if (this.#server === null) throw new MirrorError("usage", "the model bus does not run");
    const set = await this.#gate.policySet();
    if (!set.agents.has(agent)) throw unknownAgent(set, agent);
    return { ...this.#server.begin(agent), addresses: statusOf(this.#server).addresses };
  }
}

function statusOf(server: BusServer): BusStatus {
  const address = `http://127.0.0.1:${server.port}`;
  return {
    address,
    // Where each API's clients expect the version in the address, and where not.
    addresses: {
      anthropic: `${address}/anthropic`,
      openai: `${address}/openai/v1`,
      gemini: `${address}/gemini`,
    },
    keys: server.held(),
    sessions: server.sessions(),
  };
}

function partsOf(gate: OpenGate): BusParts {
  return {
    policy: async () => {
      const { config, prices, agents } = await gate.policySet();
      return { settings: config.bus, prices, isBound: (agent) => agents.has(agent) };
    },
    reserve: async ({ agent, session }, model, estimate) => {
      const answer = await gate.reserveModelCall({ agent, subagent: null, session, model }, estimate);
      if (!answer.reserved) return answer;
      return { reserved: true, settle: (measured) => gate.settleModelCall(answer, measured) };
    },
    report: reportFailure,
    clock: Date.now,
  };
}

function readKeys(body: Uint8Array): ReadonlyMap<Provider, string> {
  const keys = fieldsOf(body)["keys"];
  const fields = typeof keys === "object" && keys !== null ? (keys as Readonly<Record<string, unknown>>) : {};
  return new Map(
    providers.flatMap((provider) => {
      const key = fields[provider];
      return typeof key === "string" ? [[provider, key] as const] : [];
    }),
  );
}

function readAgent(body: Uint8Array): string {
  return String(fieldsOf(body)["agent"]);
}

function fieldsOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    // The parser's own message quotes what it read, and that may be a key.
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new MirrorError("usage", "the control request is no JSON object");
}
