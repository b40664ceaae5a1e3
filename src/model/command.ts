/**
 * A word whose value is not known before the shell runs it: it depends on a variable, a substitution or a
 * pathname pattern.
 */
export interface OpenWord {
  /** The word as it was written, for people. */
  readonly text: string;
  /** What is known of its value: fixed texts in order, with null for "any text here". */
  readonly parts: readonly (string | null)[];
  /** True if it may become any number of words (none, one, several); false if exactly one. */
  readonly many: boolean;
  /**
   * True if every null of `parts` is a shell wildcard within one path segment: `text` is then the pattern
   * without its quotes, fit to be a path glob.
   */
  readonly glob: boolean;
}

/** One word of a parsed command, quotes removed. A string is a static word: exactly this text. */
export type Word = string | OpenWord;

/**
 * One command of a call, in the form that policies match: `argv[0]` is the plain name where the program
 * stands in a standard directory (`/usr/bin/git` is `git`, `./git` stays as it is), and options that come
 * before a subcommand are left out of `argv` where the analysis understands them (`git -C x push` is
 * `git push`; what `-C` means shows in the effects).
 */
export interface Command {
  readonly argv: readonly Word[];
  /** Index, in the analysis' list, of the command that runs this one (`bash -c`, `find -exec`); null at the top. */
  readonly parent: number | null;
}

/** Writes a word for people. */
export function wordText(word: Word): string {
  return typeof word === "string" ? word : word.text;
}
