import { object, type Schema, text, version } from "./schema-parts.ts";

// What the model bus reads: where it passes requests on to, what models cost, and where a person keeps the keys.

/** A million dollars for a million tokens is no price; past that a sum would not be exact. */
const dollars = (description: string, atLeast: Schema = { minimum: 0 }): Schema => ({
  description,
  type: "number",
  ...atLeast,
  maximum: 1_000_000,
});

const rates = (atLeast?: Schema): Schema => ({
  input: dollars("US dollars for a million input tokens.", atLeast),
  output: dollars("US dollars for a million output tokens.", atLeast),
  cache_read: dollars("US dollars for a million tokens read from the provider's cache.", atLeast),
  cache_write: dollars("US dollars for a million tokens written to the provider's cache.", atLeast),
  cache_write_1h: dollars(
    "US dollars for a million tokens written to the provider's cache for an hour.",
    atLeast,
  ),
});

const tokens = (description: string): Schema => ({
  description,
  type: "integer",
  minimum: 1,
  maximum: 1_000_000_000,
});

const most: Schema = {
  max_input: tokens("The most input tokens that one request can have: its context window."),
  max_output: tokens("The most output tokens that one answer can have."),
};

const price = object("What a model costs.", ["input", "output"], {
  ...rates(),
  above: object(
    "What a request costs throughout whose input is longer than this.",
    ["input_tokens", "input", "output"],
    { input_tokens: tokens("More input tokens than this."), ...rates() },
  ),
  ...most,
});

/** Of a model nobody knows nothing is free. */
const unknownPrice = object("What a model counts at that has no price here.", ["input", "output"], {
  ...rates({ exclusiveMinimum: 0 }),
  ...most,
});

export const pricesSchema: Schema = object("What models cost.", ["version", "models"], {
  version,
  models: {
    description: "Prices by the model's name, or by the beginning of names and `*`; the longest counts.",
    type: "object",
    propertyNames: text(
      "A model's name.",
      "a model's name, or its beginning and `*`, and a service tier after a space",
      "^[A-Za-z0-9][\\w.:/@+-]*\\*?( [\\w-]+)*$",
    ),
    additionalProperties: price,
  },
  unknown: {
    title: "`refuse`, or a price",
    description: "A model that has no price here: it is refused (default), or counts at these prices.",
    type: ["string", "object"],
    if: { type: "string" },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword.
    then: { enum: ["refuse"] },
    else: unknownPrice,
  },
});

const upstream = (description: string): Schema =>
  text(
    description,
    "`https://` and a host, with a path below it or without (`http://` only on this machine)",
    "^(https://[A-Za-z0-9][A-Za-z0-9.-]*|http://(127\\.0\\.0\\.1|localhost|\\[::1\\]))(:[0-9]{1,5})?(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*$",
  );

const seconds = (description: string): Schema => ({
  description,
  type: "integer",
  minimum: 1,
  maximum: 3_600,
});

export const busSettings: Schema = object("Where the model bus passes requests on to.", [], {
  upstreams: object("Where each API is, without the version in its path.", [], {
    anthropic: upstream("`https://api.anthropic.com` where nothing is said."),
    openai: upstream("`https://api.openai.com` where nothing is said."),
    gemini: upstream("`https://generativelanguage.googleapis.com` where nothing is said."),
  }),
  answer_timeout: seconds("Seconds until an answer must begin. 600 where nothing is said."),
  idle_timeout: seconds("Seconds that an answer may stand still. 300 where nothing is said."),
});

const keyCommand = (what: string): Schema => ({
  title: "a program and its arguments, a list of texts",
  description: `Prints ${what}.`,
  type: "array",
  minItems: 1,
  items: { title: "a text", type: "string" },
});

/** A person's own file, never the repository's. */
export const busKeysSchema: Schema = object("Where the model bus gets its keys.", ["version", "keys"], {
  version,
  keys: object("Programs that print a key, run without a shell when the bus starts.", [], {
    anthropic: keyCommand("the key of Anthropic's API"),
    openai: keyCommand("the key of OpenAI's API"),
    gemini: keyCommand("the key of Gemini's API"),
  }),
});
