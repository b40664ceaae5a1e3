import { connect } from "node:net";
import { MirrorError } from "../base/errors.ts";

/** One request to a daemon over its unix socket. */
export interface SocketRequest {
  readonly socket: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Milliseconds after which it is given up. */
  readonly deadline: number;
}

/** What came back, whole. */
export interface SocketAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends a request to the daemon and gives its answer. Throws `gate-unreachable` where no whole answer comes;
 * `data.hung` is true if it was given up because none came in time, `data.absent` if nobody listens there.
 *
 * HTTP/1.0, as its answers end when the connection does; Node's client for all of HTTP takes longer to load than the
 * daemon to answer.
 */
export function askSocket(ask: SocketRequest): Promise<SocketAnswer> {
  const head = requestHead(ask);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let hung = false;
    let absent = true;
    const socket = connect(ask.socket);
    socket.on("connect", () => {
      absent = false;
    });
    const late = setTimeout(() => {
      hung = true;
      socket.destroy(new Error("no answer in time"));
    }, ask.deadline);
    const fail = (message: string, cause?: unknown): void =>
      reject(new MirrorError("gate-unreachable", message, { cause, data: { hung, absent } }));
    socket.on("error", (error) => fail(`the gate did not answer on ${ask.socket}: ${error.message}`, error));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("close", () => {
      clearTimeout(late);
      const answer = readAnswer(Buffer.concat(chunks));
      if (answer === null) fail("the gate's answer broke off");
      else resolve(answer);
    });
    socket.write(head);
    if (ask.body !== undefined) socket.write(ask.body);
  });
}

function requestHead({ method, path, headers = {}, body }: SocketRequest): string {
  const fields = Object.entries({ ...headers, host: "mirror", "content-length": String(body?.length ?? 0) });
  const lines = [`${method} ${path} HTTP/1.0`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  const odd = lines.find((line) => !/^[\x20-\x7e]*$/.test(line));
  if (odd !== undefined) {
    throw new MirrorError("gate-unreachable", `\`${JSON.stringify(odd)}\` cannot be part of a request`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Takes an answer apart; null if it is not whole: the daemon always says how long its answer is. */
function readAnswer(bytes: Buffer): SocketAnswer | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const head = bytes.toString("latin1", 0, end);
  const body = bytes.subarray(end + 4);
  const status = /^HTTP\/1\.[01] (\d{3}) /.exec(head)?.[1];
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (status === undefined || Number(length) !== body.length) return null;
  return { status: Number(status), body: body.toString("utf8") };
}
