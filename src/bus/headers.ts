import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Provider } from "./provider.ts";

/** Where clients send their key: there they send the session's token, and there the bus puts the real one. */
const keyHeaders = ["authorization", "x-api-key", "x-goog-api-key"] as const;

/** Headers that are about one connection, and not for who is behind it (RFC 9110, 7.6.1). */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What a client may not say to an upstream: what the bus says itself, and what could change who pays, or what is asked. */
const notPassedOn: ReadonlySet<string> = new Set([
  ...keyHeaders,
  ...hopByHop,
  "accept-encoding",
  "content-length",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "openai-organization",
  "openai-project",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-goog-user-project",
  "x-http-method-override",
  "x-method-override",
]);

const notPassedBack: ReadonlySet<string> = new Set([...hopByHop, "set-cookie", "alt-svc"]);

/** The longest token there is. */
const longestToken = 200;

/** Gives the tokens that a request carries, each once. */
export function tokensIn(headers: IncomingHttpHeaders): readonly string[] {
  const said = keyHeaders.flatMap((name) => {
    const value = headers[name];
    if (typeof value !== "string" || value === "") return [];
    return [name === "authorization" ? value.replace(/^bearer +/i, "") : value];
  });
  return [...new Set(said.map((token) => token.slice(0, longestToken)))];
}

/** Gives the headers of a request to an upstream: the client's, with the real key in the place of its token. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  provider: Provider,
  key: string,
  length: number | null,
): OutgoingHttpHeaders {
  return {
    ...kept(headers, notPassedOn),
    ...keyHeader(provider, key),
    // Usage is read as it goes by.
    "accept-encoding": "identity",
    ...(length === null ? {} : { "content-length": length }),
  };
}

/** Gives the headers of an answer to the client; `isEdited`: what comes is shorter than what it says. */
export function answerHeaders(headers: IncomingHttpHeaders, isEdited: boolean): OutgoingHttpHeaders {
  const passed = kept(headers, notPassedBack);
  if (isEdited) delete passed["content-length"];
  return passed;
}

function kept(headers: IncomingHttpHeaders, without: ReadonlySet<string>): OutgoingHttpHeaders {
  // What a `connection` header names is about the connection, too.
  const named = new Set((headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        value !== undefined && !without.has(name) && !named.has(name) && !name.startsWith("x-mirror-"),
    ),
  );
}

function keyHeader(provider: Provider, key: string): OutgoingHttpHeaders {
  switch (provider) {
    case "anthropic":
      return { "x-api-key": key };
    case "openai":
      return { authorization: `Bearer ${key}` };
    case "gemini":
      return { "x-goog-api-key": key };
  }
}
