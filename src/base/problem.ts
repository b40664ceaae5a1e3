/** One mistake in a document: where it is, what stands there, and what should. */
export interface Problem {
  /** Path below `.mirror/`, or the path the person gave. */
  readonly file: string;
  /** From 1; null where the mistake is about the file as a whole. */
  readonly line: number | null;
  readonly column: number | null;
  /** A stable name: `unknown-key`, `wrong-type`, `missed-example`, … */
  readonly code: string;
  /** One line, lower-case, input in backticks, no full stop; names found and expected. */
  readonly message: string;
  readonly hint: string | null;
}

/** Writes a problem as `file:line:column: message` (with the hint after it, if there is one). */
export function formatProblem(problem: Problem): string {
  const place =
    problem.line === null
      ? problem.file
      : `${problem.file}:${problem.line}${problem.column === null ? "" : `:${problem.column}`}`;
  const hint = problem.hint === null ? "" : `\n  ${problem.hint}`;
  return `${place}: ${problem.message}${hint}`;
}
