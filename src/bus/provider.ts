/** Whose API a request speaks; also the first segment of its path on the bus. */
export const providers = ["anthropic", "openai", "gemini"] as const;

export type Provider = (typeof providers)[number];

/** An API whose answers say what they took. */
export type MeteredApi = "messages" | "chat-completions" | "responses" | "generate-content";

/** What a path on the bus stands for. */
export interface Route {
  readonly provider: Provider;
  /** Path at the upstream, without its query. */
  readonly path: string;
  /** Null: harmless, takes no tokens, and is passed unmetered. */
  readonly metered: MeteredApi | null;
  /** The model, where the path names it. */
  readonly model: string | null;
}

interface Endpoint {
  readonly method: "GET" | "POST";
  /** Below the provider's segment. Exact, so that nothing is left to how an upstream reads a path. */
  readonly path: RegExp;
  readonly metered: MeteredApi | null;
}

const get = (path: RegExp): Endpoint => ({ method: "GET", path, metered: null });
const post = (path: RegExp, metered: MeteredApi | null): Endpoint => ({ method: "POST", path, metered });

/** All that is passed on: what is metered, and what costs nothing. Anything else could be a way to spend unseen. */
const endpoints: Readonly<Record<Provider, readonly Endpoint[]>> = {
  anthropic: [
    post(/^\/v1\/messages$/, "messages"),
    post(/^\/v1\/messages\/count_tokens$/, null),
    get(/^\/v1\/models(?:\/[\w.:-]+)?$/),
  ],
  openai: [
    post(/^\/v1\/chat\/completions$/, "chat-completions"),
    post(/^\/v1\/responses$/, "responses"),
    get(/^\/v1\/models(?:\/[\w.:-]+)?$/),
  ],
  gemini: [
    post(
      /^\/v1(?:alpha|beta)?\/models\/(?<model>[\w.-]+):(?:generateContent|streamGenerateContent)$/,
      "generate-content",
    ),
    post(/^\/v1(?:alpha|beta)?\/models\/[\w.-]+:countTokens$/, null),
    get(/^\/v1(?:alpha|beta)?\/models(?:\/[\w.-]+)?$/),
  ],
};

/** Tells whose API a path on the bus belongs to; null if nobody's. */
export function providerOf(path: string): Provider | null {
  const [, first] = path.split("/", 2);
  return providers.find((each) => each === first) ?? null;
}

/** Finds what a request asks for; null if that is not passed on. */
export function routeOf(method: string, path: string): Route | null {
  const provider = providerOf(path);
  if (provider === null) return null;
  const below = path.slice(provider.length + 1);
  for (const endpoint of endpoints[provider]) {
    const match = endpoint.method === method ? endpoint.path.exec(below) : null;
    if (match === null) continue;
    return { provider, path: below, metered: endpoint.metered, model: match.groups?.["model"] ?? null };
  }
  return null;
}

/** Names the paths that are passed on, for an error. */
export function knownPaths(provider: Provider): string {
  const text: Readonly<Record<Provider, string>> = {
    anthropic: "POST /v1/messages, POST /v1/messages/count_tokens, GET /v1/models",
    openai: "POST /v1/responses, POST /v1/chat/completions, GET /v1/models",
    gemini:
      "POST /v1beta/models/<model>:generateContent, :streamGenerateContent, :countTokens, GET /v1beta/models",
  };
  return text[provider];
}
