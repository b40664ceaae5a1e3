/** Colours text for a terminal, or leaves it as it is. */
export interface Style {
  readonly isColoured: boolean;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const same = (text: string): string => text;

const plain: Style = { isColoured: false, bold: same, dim: same, red: same, green: same, yellow: same };

const ansi = (code: number) => (text: string) => `\u001B[${code}m${text}\u001B[0m`;

const coloured: Style = {
  isColoured: true,
  bold: ansi(1),
  dim: ansi(2),
  red: ansi(31),
  green: ansi(32),
  yellow: ansi(33),
};

/** Chooses: colours on a terminal, unless NO_COLOR is set or TERM is dumb; none in a pipe. */
export function chooseStyle(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  const refused = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  return isTerminal && !refused ? coloured : plain;
}

/** Colours a verdict or a decision by what it means. */
export function verdictStyle(style: Style, verdict: string): (text: string) => string {
  if (verdict === "allow" || verdict === "ok") return style.green;
  if (verdict === "ask") return style.yellow;
  return verdict === "deny" || verdict === "failed" || verdict === "refused" ? style.red : style.dim;
}
