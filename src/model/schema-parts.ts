import { actions } from "./effect.ts";
import { idPattern } from "./id.ts";
import { riskLevels, riskReasons } from "./risk.ts";

// Building blocks of the JSON Schemas. `title` is what a message says it expected; `description` is what an
// editor shows.

/** A JSON Schema, as data. */
export type Schema = Readonly<Record<string, unknown>>;

/** An object with exactly these keys. */
export function object(description: string, required: readonly string[], properties: Schema): Schema {
  return { description, type: "object", required, additionalProperties: false, properties };
}

/** One word of a fixed set. */
export function word(description: string, words: readonly string[]): Schema {
  return { description, type: "string", enum: words };
}

export function text(description: string, title: string, pattern: string): Schema {
  return { title, description, type: "string", pattern };
}

/** A line of text for people. */
export function line(description: string): Schema {
  return { ...text(description, "one line of text", "^[^\\u0000-\\u001F\\u007F]+$"), maxLength: 500 };
}

export function id(description: string): Schema {
  return text(description, "an id (lower-case letters, digits and dashes, 63 at most)", idPattern);
}

/** Each item once. For items that are texts: the validator's equality of objects wants them to have a prototype. */
export function list(description: string, items: Schema): Schema {
  return { description, type: "array", uniqueItems: true, items };
}

/** One text, or a list of at least one. */
export function oneOrMany(description: string, what: string): Schema {
  const one = { title: what, minLength: 1, maxLength: 1024 };
  return {
    title: `${what}, or a list of them`,
    description,
    type: ["string", "array"],
    minLength: 1,
    maxLength: 1024,
    minItems: 1,
    items: { ...one, type: "string" },
  };
}

/** One word of a fixed set, or a list of at least one. */
function oneOrManyWords(description: string, what: string, words: readonly string[]): Schema {
  return {
    title: `${what}, or a list of them`,
    description,
    type: ["string", "array"],
    minItems: 1,
    if: { type: "string" },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword.
    then: { enum: words },
    else: { items: { type: "string", enum: words } },
  };
}

export const version: Schema = { description: "Version of the file format: 1.", type: "integer", const: 1 };

const actionNames: readonly string[] = actions;

export const action: Schema = oneOrManyWords(
  "What an effect must do for the rule to speak of it.",
  "an action",
  actionNames,
);

/** Risk reasons of calls that were made before. */
export const riskReasonsBefore = (description: string): Schema =>
  oneOrManyWords(description, "a risk reason", riskReasons);

const flagList = (description: string): Schema => ({
  ...list(description, text("A flag: `--force`, `-f`.", "a flag (`--force`, `-f`)", "^[-+]\\S+$")),
  minItems: 1,
});

const riskReasonList = (description: string): Schema => ({
  ...list(description, word("A reason of the analysis.", riskReasons)),
  minItems: 1,
});

const when: Schema = {
  ...object("Facts about the effect and the call.", [], {
    risk: {
      ...object("The risk that the analysis sees.", [], {
        min: word("The effect's own risk is at least this.", riskLevels),
        max: word("The effect's own risk is at most this.", riskLevels),
        any: riskReasonList("At least one of these reasons stands in the call."),
        none: riskReasonList("None of these reasons stands in the call."),
      }),
      minProperties: 1,
    },
    direction: word("Whether data is only fetched, or may be sent. Only with net.connect.", [
      "fetch",
      "send",
    ]),
    subagent: { description: "true: only subagents; false: only the agent itself.", type: "boolean" },
    after: riskReasonsBefore(
      "Something with at least one of these reasons was let through earlier in the session. Only where it makes a rule stricter: in `when` of deny and ask rules, in `unless` of allow rules.",
    ),
  }),
  minProperties: 1,
};

/** What a rule and its `unless` can ask for. */
export const conditions: Schema = {
  command: oneOrMany(
    "Command patterns over words: a literal, `{a,b}`, `*` within a word, `...` for any number of words.",
    "a command pattern",
  ),
  flags: {
    ...object("Flags the command has or has not.", [], {
      any: flagList("It has at least one of these."),
      none: flagList("It has none of these."),
    }),
    minProperties: 1,
  },
  path: oneOrMany(
    "Path patterns: `src/**` inside the repository, `~/…`, `/…`, `$TMPDIR/…`, `$GIT_DIR/…`, `$MIRROR_HOME/…`. Only with fs actions.",
    "a path pattern",
  ),
  host: oneOrMany(
    "Host patterns: `example.com`, `*.example.com`, `*`. Only with net.connect.",
    "a host pattern",
  ),
  mcp: oneOrMany("Patterns over `server/tool`. Only with mcp.call.", "a pattern over `server/tool`"),
  agent: oneOrMany(
    "Patterns over the subagent's type. Only with agent.spawn.",
    "a pattern over the subagent type",
  ),
  when,
};
