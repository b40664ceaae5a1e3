import { errorText, isMirrorError, systemErrorCode } from "../../base/errors.ts";
import { formatProblem, type Problem } from "../../base/problem.ts";

/** What a finding is about. */
export type FindingArea = "hooks" | "client" | "gate" | "keys" | "policy" | "ledger" | "clock" | "home";

/** Something `mirror doctor` found. */
export interface Finding {
  /** `problem`: something does not hold that should. `warning`: it holds, and could be better. */
  readonly level: "problem" | "warning";
  readonly about: FindingArea;
  /** One line: what was found, and where. */
  readonly found: string;
  /** What follows from it. */
  readonly why: string;
  /** The command that mends it. */
  readonly mend: string;
}

type FindingText = Pick<Finding, "found" | "why" | "mend">;

/** Collects findings. A check that cannot be made is one, too. */
export class Findings {
  readonly list: Finding[] = [];

  problem(about: FindingArea, text: FindingText): void {
    this.list.push({ level: "problem", about, ...text });
  }

  warning(about: FindingArea, text: FindingText): void {
    this.list.push({ level: "warning", about, ...text });
  }

  /** Makes a check. Whatever it throws is a problem, with the hint as what mends it; then gives null. */
  async attempt<T>(about: FindingArea, why: string, check: () => T | Promise<T>): Promise<T | null> {
    try {
      return await check();
    } catch (error) {
      // A doctor that fell over what is broken would be of no use: also a mistake of ours is a finding.
      this.problem(about, { found: foundText(error), why, mend: mendOf(error) });
      return null;
    }
  }
}

function foundText(error: unknown): string {
  if (isMirrorError(error)) {
    const problems = error.data["problems"];
    if (!Array.isArray(problems) || problems.length === 0) return error.message;
    return `${error.message}: ${problems.map((problem: Problem) => formatProblem(problem)).join("; ")}`;
  }
  return systemErrorCode(error) === null
    ? `a mistake of mirror's own: ${errorText(error)}`
    : errorText(error);
}

function mendOf(error: unknown): string {
  const hint = isMirrorError(error) ? error.hint : null;
  return hint === null ? "mirror daemon status" : commandIn(hint);
}

/** Gives the command that a hint names: between backticks, or after `run: `; else the hint itself. */
export function commandIn(hint: string): string {
  return /`([^`]+)`/.exec(hint)?.[1] ?? /\brun: (.+?)(?: \(.*\))?$/.exec(hint)?.[1] ?? hint;
}

/** Writes a path as one word of a shell command, quoted only where it must be. */
export function shellPath(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Gives the command that opens a file for a person, and what to do there. */
export function editCommand(file: string, what: string): string {
  return `"\${EDITOR:-vi}" ${shellPath(file)}   # ${what}`;
}
