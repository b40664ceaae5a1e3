import { request } from "node:http";
import { MirrorError } from "../base/errors.ts";

/** One request over a unix socket and its answer. */
export interface SocketRequest {
  readonly socket: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Milliseconds after which it is given up. */
  readonly deadline: number;
}

/**
 * Sends a request to the daemon. Gives the whole body of a 200 answer. Throws `gate-unreachable` for everything
 * else; `data.hung` is true if it was given up because no answer came in time.
 */
export function askSocket(ask: SocketRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(ask.deadline);
    const fail = (message: string, cause?: unknown): void =>
      reject(new MirrorError("gate-unreachable", message, { cause, data: { hung: late.aborted } }));
    const sent = request({
      socketPath: ask.socket,
      method: ask.method,
      path: ask.path,
      headers: { ...ask.headers, "content-length": String(ask.body.length) },
      agent: false,
      signal: late,
    });
    sent.on("error", (error) => fail(`the gate did not answer on ${ask.socket}: ${error.message}`, error));
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => fail(`the gate's answer broke off: ${error.message}`, error));
      response.on("close", () => {
        if (!response.complete) fail("the gate's answer broke off");
      });
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode === 200 && response.complete) resolve(text);
        else fail(`the gate answered with status ${response.statusCode}`);
      });
    });
    sent.end(ask.body);
  });
}
