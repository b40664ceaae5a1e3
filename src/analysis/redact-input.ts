import { isSecretValue } from "./secret-names.ts";
import { type OnRemoved, outsideMarks, redactionMark, redactText } from "./secret-text.ts";

/** Characters of one text, and of one input, that are looked at; what is longer is a mark. */
const longestText = 16_000;
const longestInput = 64_000;

/** Shortest removed value that is looked for in texts: shorter ones stand there by chance. */
const shortestKnown = 4;

/**
 * Gives a tool's input (`raw`, as JSON) without secrets and without texts for files: what is kept apart from the receipt
 * (TRUST R3). `contents` names the fields that hold such texts, `known` what redaction took out of the decision input,
 * which may stand here in words that do not show it. `onRemoved` is told of what else was taken out, but for contents.
 */
export function redactInput(
  raw: string,
  contents: readonly string[],
  known: readonly string[],
  onRemoved: OnRemoved,
): unknown {
  const values = known.filter((value) => value.length >= shortestKnown);
  const input: unknown = JSON.parse(raw);
  return new InputRedactor(new Set(contents), values, onRemoved).value(input, "", "");
}

class InputRedactor {
  readonly #contents: ReadonlySet<string>;
  readonly #known: readonly string[];
  readonly #onRemoved: OnRemoved;
  #left = longestInput;

  constructor(contents: ReadonlySet<string>, known: readonly string[], onRemoved: OnRemoved) {
    this.#contents = contents;
    this.#known = known;
    this.#onRemoved = onRemoved;
  }

  /** `at` is where the value stands, as `Content.field` says it; `name` what it is called there. */
  value(value: unknown, at: string, name: string): unknown {
    if (typeof value === "string") return this.#text(value, at, name);
    if (typeof value === "number" && isSecretValue(name, String(value))) {
      return this.#remove("assignment", String(value));
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((each, index) => this.value(each, `${at}[${index}]`, name));
    const said = new Map(Object.entries(value));
    // `{"name": "DB_PASSWORD", "value": "x"}`
    const named = [said.get("name"), said.get("key")].find((each) => typeof each === "string");
    const members = [...said].map(([key, member]) => {
      const called = key === "value" && typeof named === "string" ? named : key;
      return [this.#text(key, "", ""), this.value(member, at === "" ? key : `${at}.${key}`, called)];
    });
    return Object.fromEntries(members);
  }

  #text(text: string, at: string, name: string): string {
    if (at !== "" && this.#contents.has(at)) return redactionMark("contents");
    this.#left -= text.length;
    if (text.length > longestText || this.#left < 0) return this.#remove("long-text", text);
    if (isSecretValue(name, text)) return this.#remove("assignment", text);
    let redacted = redactText(text, this.#onRemoved);
    for (const value of this.#known) {
      redacted = outsideMarks(redacted, (part) => part.replaceAll(value, redactionMark("option")));
    }
    return redacted;
  }

  #remove(kind: string, value: string): string {
    this.#onRemoved({ kind, value });
    return redactionMark(kind);
  }
}
