import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { installShim } from "../../src/clients/shim.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

/** Shells of this machine that the shim must run under. */
export const shells: readonly (readonly string[])[] = [
  ["/bin/sh"],
  ["/usr/bin/dash"],
  ["/bin/bash", "--posix"],
  ["/bin/busybox", "sh"],
].filter(([path]) => path !== undefined && existsSync(path));

/** What can carry a call to the gate on this machine. */
export const carriers: readonly Carrier[] = (["perl", "curl"] as const).filter((name) =>
  existsSync(`/usr/bin/${name}`),
);

export type Carrier = "perl" | "curl";

export const deny = /^\{"hookSpecificOutput":\{"hookEventName":"PreToolUse","permissionDecision":"deny",/;

/** What the fake Node of a bench saw of a program that was started. */
export interface ColdCall {
  readonly args: readonly string[];
  readonly environment: readonly string[];
  readonly input: Buffer;
}

export interface ShimResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShimRun {
  readonly shell?: readonly string[];
  readonly input?: Uint8Array | string;
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of `claude-code coder <state> PreToolUse`. */
  readonly args?: readonly string[];
}

export interface BenchOptions {
  readonly carrier?: Carrier | "none";
  /** The program in curl's place where the carrier is `none`. */
  readonly curl?: string;
  readonly change?: (text: string) => string;
}

/**
 * An installed shim with a state directory of its own and a Node that only writes down how it was called. As the
 * daemon it says `ready`, or runs the file `starts`; as `mirror hook` it answers, or runs the file `says`.
 */
export class ShimBench {
  readonly top: string;
  readonly state: string;
  readonly shim: string;

  /**
   * `name`: of the directory that holds it all. `carrier`: what carries calls, if not the first there is; `change`: a last
   * change to the shim's text.
   */
  constructor(name = "bench", options: BenchOptions = {}) {
    this.top = join(scratchDirectory(), name);
    this.state = join(this.top, "repos", "r1");
    this.shim = join(this.top, "mirror-hook");
    mkdirSync(this.state, { recursive: true, mode: 0o700 });
    const node = join(this.top, "node");
    writeFileSync(node, fakeNode);
    chmodSync(node, 0o700);
    const main = join(this.top, "mirror.mjs");
    writeFileSync(main, "");
    writeFileSync(join(this.top, "mirror-daemon.cjs"), "");
    const source = readFileSync(new URL("../../hooks/mirror-hook", import.meta.url), "utf8");
    const carrier = options.carrier ?? carriers[0];
    const perl = carrier === "perl" ? "/usr/bin/perl" : null;
    const curl = carrier === "curl" ? "/usr/bin/curl" : (options.curl ?? "/none/curl");
    const text = installShim(source, { node, main, perl, curl });
    writeFileSync(this.shim, options.change?.(text) ?? text);
  }

  get socket(): string {
    return join(this.state, "sockets", "coder.sock");
  }

  /** Serves `handle` on `socket`; gives what the last request said once it was read. */
  async serve(handle: Handler, socket: string = this.socket): Promise<void> {
    mkdirSync(join(socket, ".."), { recursive: true, mode: 0o700 });
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () =>
        handle({ request, response, body: Buffer.concat(chunks), nonce: nonceOf(request) }),
      );
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  }

  run(run: ShimRun = {}): Promise<ShimResult> {
    const [shell = "/bin/sh", ...options] = run.shell ?? [];
    const args = run.args ?? ["claude-code", "coder", this.state, "PreToolUse"];
    const env = { PATH: "/usr/bin:/bin", HOME: this.top, ...run.environment };
    const child = spawn(shell, [...options, this.shim, ...args], { env, cwd: this.top });
    child.stdin.on("error", () => child.stdin.destroy());
    child.stdin.end(run.input ?? "{}");
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString("utf8");
    return new Promise((resolve) => {
      child.on("close", (status) => resolve({ status, stdout: text(out), stderr: text(err) }));
    });
  }

  /** How the shim handed the call over to Node; null if it did not. */
  coldCall(): ColdCall | null {
    return this.#saw("hook");
  }

  /** How the shim started the daemon the last time; null if it did not. */
  start(): ColdCall | null {
    return this.#saw("start");
  }

  /** Number of times the shim started the daemon. */
  starts(): number {
    const file = join(this.top, "start.count");
    return existsSync(file) ? readFileSync(file).length : 0;
  }

  /** Lets a daemon that is started serve `handle`: as the real one, it says `ready` when it listens. */
  async serveOnceStarted(handle: Handler, socket: string = this.socket): Promise<void> {
    const wait = `while [ ! -f "$here/serving" ]; do sleep 0.02; done; echo ready`;
    writeFileSync(join(this.top, "starts"), wait);
    while (this.starts() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    rmSync(socket, { force: true });
    await this.serve(handle, socket);
    writeFileSync(join(this.top, "serving"), "");
  }

  #saw(what: string): ColdCall | null {
    const at = (name: string): Buffer => readFileSync(join(this.top, `${what}.${name}`));
    if (!existsSync(join(this.top, `${what}.args`))) return null;
    return {
      args: at("args").toString("utf8").split("\n").slice(0, -1),
      environment: at("env").toString("utf8").split("\n").slice(0, -1),
      input: at("input"),
    };
  }
}

export type Handler = (exchange: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly nonce: string;
}) => void;

/** The gate's answer as the protocol has it. */
export function goodAnswer(json: string): Handler {
  return ({ response, nonce }) => answer(response, 200, `${json}\n${nonce}\n`);
}

/** Answers with a length, as the gate does. */
export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(text) }).end(text);
}

const fakeNode = `#!/bin/sh
here=\${0%/*}
what=hook
case $1 in *mirror-daemon.cjs) what=start; printf x >>"$here/start.count" ;; esac
/usr/bin/env >"$here/$what.env"
/bin/cat >"$here/$what.input"
printf '%s\\n' "$@" >"$here/$what.args"
if [ $what = start ]; then
  [ -f "$here/starts" ] || { echo ready; exit 0; }
  . "$here/starts"
  exit 0
fi
[ -f "$here/says" ] || { echo '{"cold":true}'; exit 0; }
. "$here/says"
`;

function nonceOf(request: IncomingMessage): string {
  const nonce = request.headers["x-mirror-nonce"];
  return typeof nonce === "string" ? nonce : "";
}
