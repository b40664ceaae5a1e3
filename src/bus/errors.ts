import type { Provider } from "./provider.ts";

/** Why the bus answers instead of the provider. */
export type Trouble =
  | "bad-request"
  | "bad-token"
  | "no-budget"
  | "unknown-model"
  | "unknown-path"
  | "too-large"
  | "too-many"
  | "no-key"
  | "refused"
  | "failed"
  | "hung";

/** An error as a client of that API reads it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Errors after which the same request may be answered a little later. */
const passing: ReadonlySet<Trouble> = new Set(["too-many", "failed", "hung"]);

/** Writes an error in an API's own shape; null: nobody's path, which is answered like the first API's. */
export function errorAnswer(provider: Provider | null, trouble: Trouble, message: string): ErrorAnswer {
  const [status, error] = shapes[provider ?? "anthropic"](trouble, message);
  return {
    status,
    // The official clients obey this one, and try again by themselves without it at 409, 429 and from 500 on.
    headers: { "content-type": "application/json", "x-should-retry": String(passing.has(trouble)) },
    body: JSON.stringify(error),
  };
}

const statuses: Readonly<Record<Trouble, number>> = {
  "bad-request": 400,
  "bad-token": 401,
  "no-budget": 429,
  "unknown-model": 404,
  "unknown-path": 404,
  "too-large": 413,
  "too-many": 429,
  "no-key": 401,
  refused: 403,
  failed: 502,
  hung: 504,
};

const shapes: Readonly<Record<Provider, (trouble: Trouble, message: string) => readonly [number, unknown]>> =
  {
    anthropic(trouble, message) {
      // What Anthropic itself answers where an organisation's spend limit is reached: no client tries that again.
      if (trouble === "no-budget") {
        const text = `You have reached your specified API usage limits. ${message}`;
        return [400, { type: "error", error: { type: "invalid_request_error", message: text } }];
      }
      return [statuses[trouble], { type: "error", error: { type: anthropicTypes[trouble], message } }];
    },
    openai(trouble, message) {
      const [type, code] = openaiTypes[trouble];
      return [statuses[trouble], { error: { message, type, param: null, code } }];
    },
    gemini(trouble, message) {
      const code = statuses[trouble];
      const error = { code, message, status: geminiStatuses[trouble] };
      if (trouble !== "no-budget") return [code, { error }];
      // The one kind of quota after which gemini-cli stops instead of trying again is one by the day.
      const details = [
        {
          "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          violations: [{ subject: "mirror", description: message, quotaId: "MirrorBudgetPerDay" }],
        },
      ];
      return [code, { error: { ...error, details } }];
    },
  };

const anthropicTypes: Readonly<Record<Exclude<Trouble, "no-budget">, string>> = {
  "bad-request": "invalid_request_error",
  "bad-token": "authentication_error",
  "unknown-model": "not_found_error",
  "unknown-path": "not_found_error",
  "too-large": "request_too_large",
  "too-many": "rate_limit_error",
  "no-key": "authentication_error",
  refused: "permission_error",
  failed: "api_error",
  hung: "timeout_error",
};

const openaiTypes: Readonly<Record<Trouble, readonly [string, string | null]>> = {
  "bad-request": ["invalid_request_error", null],
  "bad-token": ["invalid_request_error", "invalid_api_key"],
  "no-budget": ["insufficient_quota", "insufficient_quota"],
  "unknown-model": ["invalid_request_error", "model_not_found"],
  "unknown-path": ["invalid_request_error", null],
  "too-large": ["invalid_request_error", null],
  "too-many": ["requests", "rate_limit_exceeded"],
  "no-key": ["invalid_request_error", "invalid_api_key"],
  refused: ["invalid_request_error", "permission_denied"],
  failed: ["server_error", null],
  hung: ["server_error", null],
};

const geminiStatuses: Readonly<Record<Trouble, string>> = {
  "bad-request": "INVALID_ARGUMENT",
  "bad-token": "UNAUTHENTICATED",
  "no-budget": "RESOURCE_EXHAUSTED",
  "unknown-model": "NOT_FOUND",
  "unknown-path": "NOT_FOUND",
  "too-large": "INVALID_ARGUMENT",
  "too-many": "RESOURCE_EXHAUSTED",
  "no-key": "UNAUTHENTICATED",
  refused: "PERMISSION_DENIED",
  failed: "UNAVAILABLE",
  hung: "DEADLINE_EXCEEDED",
};
