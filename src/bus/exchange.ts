import type { IncomingMessage, ServerResponse } from "node:http";
import { isMirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import type { ModelUse } from "../model/model-use.ts";
import type { ModelPrice } from "../model/policy-set.ts";
import { priceOf } from "../model/prices.ts";
import { type AnswerMeter, answerMeter } from "./answer-meter.ts";
import { type Asked, readAsked } from "./asked.ts";
import { Estimate, nothingUsed } from "./cost.ts";
import { errorAnswer, type Trouble } from "./errors.ts";
import { answerHeaders, requestHeaders, tokensIn } from "./headers.ts";
import type { BusParts, BusPolicy, BusSession, Reserved } from "./ports.ts";
import { knownPaths, type MeteredApi, type Provider, providerOf, type Route, routeOf } from "./provider.ts";
import { relay } from "./relay.ts";
import { readRequestBody } from "./request-body.ts";
import type { Sent, Upstreams } from "./upstreams.ts";

/** What one exchange needs of the bus. */
export interface ExchangeParts {
  readonly parts: BusParts;
  readonly upstreams: Upstreams;
  readonly findSession: (token: string) => BusSession | null;
  readonly keyOf: (provider: Provider) => string | null;
  readonly bodyBytes: number;
  /** Counts the exchange in; gives a way to count it out, or null where its session has too many. */
  readonly enter: (session: BusSession) => (() => void) | null;
  /** Keeps room for so many bytes; gives a way to leave it, or null where there is none. */
  readonly hold: (bytes: number) => (() => void) | null;
}

/** Why an exchange ends with an error of the bus' own. */
class Stop {
  readonly trouble: Trouble;
  readonly message: string;

  constructor(trouble: Trouble, message: string) {
    this.trouble = trouble;
    this.message = message;
  }
}

/** What the client asks for, once it is known. */
interface Request {
  readonly route: Route;
  readonly query: string;
  readonly session: BusSession;
  readonly key: string;
  readonly policy: BusPolicy;
  /** Null: none. */
  readonly body: Buffer | null;
}

/** A call whose answer is metered. */
interface Metered {
  readonly api: MeteredApi;
  readonly asked: Asked;
  readonly estimate: Estimate;
  readonly reserved: Reserved;
}

/** Parameters by which keys travel in addresses, which land in logs. */
const keyParameters = /^(?:key|api_?-?key|access_?token|auth(?:orization)?|token)$/i;

/** Milliseconds that a sender has to read why the rest of its body is not wanted. */
const lingering = 1_000;

/** One request of a client, to the end of its answer. */
export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #with: ExchangeParts;
  /** What was taken for this exchange and is given back at its end. */
  readonly #taken: (() => void)[] = [];
  readonly #left = new AbortController();

  constructor(request: IncomingMessage, response: ServerResponse, parts: ExchangeParts) {
    this.#request = request;
    this.#response = response;
    this.#with = parts;
    response.on("close", () => {
      if (!response.writableFinished) this.#left.abort();
    });
  }

  /** Answers the request. Every failure is an answer of the bus' own, in the shape of the API that was asked. */
  async run(): Promise<void> {
    const [path = "", query = ""] = (this.#request.url ?? "").split(/\?(.*)/s);
    const provider = providerOf(path);
    try {
      const request = await this.#understand(provider, path, query);
      if (request === null) return;
      const { metered } = request.route;
      await this.#pass(request, metered === null ? null : await this.#reserve(request, metered));
    } catch (error) {
      if (error instanceof Stop) this.#say(provider, error);
      else if (isMirrorError(error)) {
        this.#with.parts.report(error);
        const hint = error.hint === null ? "" : `; ${error.hint}`;
        // Too many at once passes by itself.
        const trouble = error.code === "overloaded" ? "too-many" : "refused";
        this.#say(provider, new Stop(trouble, `${error.message}${hint} (${error.code})`));
      } else throw error;
    } finally {
      for (const give of this.#taken) give();
    }
  }

  /** Finds out who asks for what; null if the client left before it had said so. Throws a Stop. */
  async #understand(provider: Provider | null, path: string, query: string): Promise<Request | null> {
    if ([...new URLSearchParams(query).keys()].some((name) => keyParameters.test(name))) {
      const where = "addresses are written to logs; send the token in the header where the API's key goes";
      throw new Stop("bad-request", `there is a key in the address: ${where}`);
    }
    const session = this.#session();
    const route = provider === null ? null : routeOf(this.#request.method ?? "", path);
    if (provider === null || route === null) {
      const known = provider === null ? "/anthropic, /openai and /gemini" : knownPaths(provider);
      throw new Stop("unknown-path", `this is not passed on, since it is not metered; what is: ${known}`);
    }
    const key = this.#with.keyOf(provider);
    if (key === null) throw new Stop("no-key", `the bus holds no key for ${provider}: ${startHint}`);
    const leave = this.#with.enter(session);
    if (leave === null)
      throw new Stop("too-many", "this session has as many requests under way as one may have");
    this.#taken.push(leave);
    const body = await this.#body();
    if (body === null) return null;
    // What holds when all of it is here: a body may be long in coming.
    const policy = await this.#with.parts.policy();
    if (!policy.isBound(session.agent))
      throw new Stop("refused", `no binding for ${session.agent} is approved in this repository any more`);
    return { route, query, session, key, policy, body: this.#request.method === "GET" ? null : body };
  }

  #session(): BusSession {
    const [token, second] = tokensIn(this.#request.headers);
    if (token === undefined)
      throw new Stop("bad-token", `there is no token in the header where the API's key goes; ${envHint}`);
    if (second !== undefined)
      throw new Stop("bad-token", "there are two tokens in the headers, expected the session's alone");
    const session = this.#with.findSession(token);
    if (session === null)
      throw new Stop("bad-token", `this is not the token of a session that is open; ${envHint}`);
    return session;
  }

  async #body(): Promise<Buffer | null> {
    const encoding = this.#request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity")
      throw new Stop("bad-request", "the body is compressed, expected it as it is: it is read for its model");
    const read = await readRequestBody(this.#request, this.#with.bodyBytes, (bytes) => {
      const leave = this.#with.hold(bytes);
      if (leave !== null) this.#taken.push(leave);
      return leave !== null;
    });
    if ("body" in read) return read.body;
    if (read.none === "too-large")
      throw new Stop("too-large", `the body is larger than ${this.#with.bodyBytes} bytes`);
    if (read.none === "no-room")
      throw new Stop("too-many", "the requests under way are as large as they may be");
    return null;
  }

  /** Holds what a call can take. Throws a Stop where that may not be. */
  async #reserve({ route, session, policy, body }: Request, api: MeteredApi): Promise<Metered> {
    const asked = readAsked({ ...route, metered: api }, body ?? Buffer.alloc(0));
    if ("misfit" in asked) throw new Stop("bad-request", asked.misfit);
    const estimate = new Estimate(asked, mustHavePrice(policy, asked.priced));
    const reserved = await this.#with.parts.reserve(session, asked.model, estimate.use());
    if (reserved.reserved) return { api, asked, estimate, reserved };
    throw new Stop(reserved.budget === null ? "refused" : "no-budget", reserved.message);
  }

  async #pass(request: Request, metered: Metered | null): Promise<void> {
    let used: ModelUse | null = null;
    try {
      used = await this.#passOn(request, metered);
    } finally {
      // Whatever went wrong on the way, nobody knows what it took: then what was held is spent.
      await this.#settle(metered, used);
    }
    this.#response.end();
  }

  async #settle(metered: Metered | null, used: ModelUse | null): Promise<void> {
    if (metered === null) return;
    try {
      await metered.reserved.settle(used ?? metered.estimate.use());
    } catch (error) {
      // The answer has been given; what was held stays spent.
      this.#with.parts.report(error);
    }
  }

  /** Sends the request and passes the answer on; gives what it took. */
  async #passOn(request: Request, metered: Metered | null): Promise<ModelUse | null> {
    const { route, query, policy, key } = request;
    const body = metered?.asked.body ?? request.body;
    const sent = await this.#with.upstreams.send({
      url: new URL(
        `${policy.settings.upstreams[route.provider]}${route.path}${query === "" ? "" : `?${query}`}`,
      ),
      method: this.#request.method ?? "",
      headers: requestHeaders(this.#request.headers, route.provider, key, body?.length ?? null),
      body,
      timeout: policy.settings.answerTimeout * 1_000,
      signal: this.#left.signal,
    });
    if (!("answer" in sent)) {
      this.#sayFailure(route.provider, sent);
      return sent.wasSent ? null : nothingUsed;
    }
    const { answer } = sent;
    const status = answer.statusCode ?? 502;
    const refusal = refusedAnswer(status, route.provider);
    if (refusal !== null) {
      answer.destroy();
      this.#say(route.provider, refusal);
      return nothingUsed;
    }
    const isMetered = metered !== null && status < 300;
    const meter = isMetered ? meterOf(metered, answer) : null;
    const isEdited = isMetered && metered.asked.askedForUsage;
    this.#response.writeHead(status, answerHeaders(answer.headers, isEdited));
    // What of the body came along goes out with them.
    if (answer.readableLength === 0) this.#response.flushHeaders();
    await relay(answer, this.#response, meter, policy.settings.idleTimeout * 1_000);
    if (metered === null || meter === null) return nothingUsed;
    return metered.estimate.measured(meter.reported());
  }

  #sayFailure(provider: Provider, { why, message }: Exclude<Sent, { readonly answer: unknown }>): void {
    if (why === "left") return;
    this.#say(
      provider,
      new Stop(why, `the upstream for ${provider} ${why === "hung" ? "hangs" : "fails"}: ${message}`),
    );
  }

  #say(provider: Provider | null, { trouble, message }: Stop): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    const { status, headers, body } = errorAnswer(provider, trouble, `mirror: ${printable(message)}`);
    const isWhole = this.#request.complete;
    this.#response.writeHead(status, {
      ...headers,
      "content-length": Buffer.byteLength(body),
      ...(isWhole ? {} : { connection: "close" }),
    });
    this.#response.end(body);
    if (isWhole) return;
    this.#request.resume();
    setTimeout(() => this.#request.destroy(), lingering).unref();
  }
}

const startHint = "a person runs `mirror bus start` where the key is in the environment";
const envHint = "get one with `mirror bus env --agent <id>`";

function mustHavePrice({ prices }: BusPolicy, model: string): ModelPrice {
  if (prices === null)
    throw new Stop("unknown-model", "no prices are approved in this repository: add .mirror/prices.yaml");
  const price = priceOf(prices, model);
  if (price !== null) return price;
  throw new Stop("unknown-model", `the model \`${model}\` has no price in .mirror/prices.yaml`);
}

function meterOf({ api, asked }: Metered, answer: IncomingMessage): AnswerMeter {
  return answerMeter(api, answer.headers["content-type"] ?? "", asked.askedForUsage);
}

/** What of an upstream's answers is not for the client: one that says too much of the key, and one that leads elsewhere. */
function refusedAnswer(status: number, provider: Provider): Stop | null {
  if (status === 401)
    return new Stop("no-key", `${provider} does not take the key that the bus holds: ${startHint}`);
  if (status < 200 || (status >= 300 && status < 400))
    return new Stop(
      "failed",
      `the upstream for ${provider} leads elsewhere (${status}), which is not followed`,
    );
  return null;
}
