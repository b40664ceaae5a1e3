import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import type { BusSession } from "./ports.ts";

/** How a token begins, so that nobody takes one for a provider's key. */
export const tokenPrefix = "mirror-bus-";

/** Milliseconds without a request after which a token is not good any more. */
const longestRest = 24 * 3_600_000;

/** Sessions at once; the one that rested longest goes first. */
const mostSessions = 1_000;

/** A session that was begun, with its token, which nobody but the client has after this. */
export interface BegunSession extends BusSession {
  readonly token: string;
}

interface Known extends BusSession {
  readonly hash: Buffer;
  /** When it last asked for something. */
  last: number;
}

/**
 * The sessions whose tokens are good. They are in this process alone, as is the port: a process that ends takes both, so
 * that no token is good while somebody else can have the port.
 */
export class SessionTokens {
  readonly #clock: () => number;
  #sessions: Known[] = [];

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Begins a session of an agent. */
  begin(agent: string): BegunSession {
    this.#forget();
    const token = tokenPrefix + randomBytes(32).toString("base64url");
    const session = `bus-${randomUUID()}`;
    this.#sessions.push({ agent, session, hash: hashOf(token), last: this.#clock() });
    if (this.#sessions.length > mostSessions) {
      const oldest = Math.min(...this.#sessions.map(({ last }) => last));
      this.#sessions.splice(
        this.#sessions.findIndex(({ last }) => last === oldest),
        1,
      );
    }
    return { agent, session, token };
  }

  /** Gives whose token it is; null if it is nobody's. How long that takes does not depend on how near it comes. */
  find(token: string): BusSession | null {
    this.#forget();
    const hash = hashOf(token);
    let found: Known | null = null;
    for (const session of this.#sessions) if (timingSafeEqual(session.hash, hash)) found = session;
    if (found === null) return null;
    found.last = this.#clock();
    return { agent: found.agent, session: found.session };
  }

  /** Gives the sessions that are open. */
  open(): readonly BusSession[] {
    this.#forget();
    return this.#sessions.map(({ agent, session }) => ({ agent, session }));
  }

  #forget(): void {
    const now = this.#clock();
    this.#sessions = this.#sessions.filter(({ last }) => now - last < longestRest);
  }
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
