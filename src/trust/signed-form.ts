/**
 * The form of a text that a person signs: a line with its domain (TRUST S3: nothing else that mirror or git signs begins
 * with it), then a line `<name> <value>` for each field, in one order. A text has one reading, and a reading one text.
 */
export class SignedForm<Name extends string> {
  readonly #domain: string;
  readonly #names: readonly Name[];
  readonly #pattern: RegExp;

  /** `fields`: what the value of each may be, as the source of a regular expression without groups that matches no line's end. */
  constructor(domain: string, fields: Readonly<Record<Name, string>>) {
    this.#domain = domain;
    this.#names = Object.keys(fields) as Name[];
    const lines = this.#names.map((name) => `${name} (${fields[name]})\n`);
    this.#pattern = new RegExp(`^${domain}\n${lines.join("")}$`);
  }

  write(values: Readonly<Record<Name, string | number>>): string {
    const lines = this.#names.map((name) => `${name} ${values[name]}\n`);
    return `${this.#domain}\n${lines.join("")}`;
  }

  /** Gives the fields of a text; null if it is not exactly of this form. UNTRUSTED: whoever signed it is not known yet. */
  read(text: string): Readonly<Record<Name, string>> | null {
    const match = this.#pattern.exec(text);
    if (match === null) return null;
    const values = this.#names.map((name, index) => [name, match[index + 1] ?? ""] as const);
    return Object.fromEntries(values) as Record<Name, string>;
  }
}

/** What begins every such text: where it counts. */
export const placeFields = {
  /** Commit id. */
  genesis: "[0-9a-f]{40}",
  lineage: "[0-9a-f]{64}",
  gate: "\\S{1,63}",
  agent: "\\S{1,63}",
};

/** Until when it counts, and what makes it good once. */
export const onceFields = {
  "not-after": "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z",
  nonce: "[0-9a-f]{32}",
};
