import * as http from "node:http";
import * as https from "node:https";

/** Milliseconds that a connection is kept for the next request: shorter than any provider keeps it. */
const keptFor = 15_000;

/** What a request to an upstream came to. */
export type Sent =
  | { readonly answer: http.IncomingMessage }
  | {
      readonly why: "failed" | "hung" | "left";
      /** False: it never left this machine. */
      readonly wasSent: boolean;
      readonly message: string;
    };

export interface UpstreamRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: Buffer | null;
  /** Milliseconds until the answer must begin. */
  readonly timeout: number;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** Connections to providers, kept from one request to the next. Nothing in the environment redirects them. */
export class Upstreams {
  readonly #plain = new http.Agent({ keepAlive: true, timeout: keptFor });
  readonly #secure = new https.Agent({ keepAlive: true, timeout: keptFor });

  /** Sends a request and waits until its answer begins. Never throws for what a network does. */
  send({ url, method, headers, body, timeout, signal }: UpstreamRequest): Promise<Sent> {
    return new Promise((resolve) => {
      const isSecure = url.protocol === "https:";
      let wasSent = false;
      const request = (isSecure ? https : http).request(url, {
        method,
        headers,
        agent: isSecure ? this.#secure : this.#plain,
      });
      const give = (sent: Sent): void => {
        clearTimeout(late);
        signal.removeEventListener("abort", leave);
        resolve(sent);
      };
      const fail = (why: "failed" | "hung" | "left", message: string): void => {
        give({ why, wasSent, message });
        request.destroy();
      };
      const leave = (): void => fail("left", "the client left");
      const late = setTimeout(
        () => fail("hung", `it did not answer within ${timeout / 1_000} seconds`),
        timeout,
      );
      request.on("socket", (socket) => {
        // A kept connection is connected; a new one is once its handshake is done.
        if (!socket.connecting) wasSent = true;
        else
          socket.once(isSecure ? "secureConnect" : "connect", () => {
            wasSent = true;
          });
      });
      request.on("response", (answer) => give({ answer }));
      request.on("error", (error) => fail("failed", error.message));
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave);
      request.end(body ?? undefined);
    });
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}
