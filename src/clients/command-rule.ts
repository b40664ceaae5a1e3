import type { Action } from "../model/effect.ts";
import type { Verdict } from "../model/verdict.ts";
import { type RuleReading, refusedReading, type Subject } from "./client-rule.ts";

/** The first words of a command, as a client's rule gives them: for each, the texts that may stand there. */
export interface CommandWords {
  readonly words: readonly (readonly string[])[];
  /** True: these are words after the shell has read them; false: a text that the shell has yet to read. */
  readonly parsed: boolean;
}

/** Programs that run whatever their arguments, or a file, say: who allows them by name allows everything. */
const runners = new Set(
  "sh bash zsh dash fish ksh env sudo doas su xargs eval exec source . ssh python pythonw pypy py node deno bun ruby perl php lua osascript pwsh powershell npx bunx uvx make just npm pnpm yarn".split(
    " ",
  ),
);

/** Running a command is one thing, what it reads another; what it writes or sends is asked about. */
const allowedActions: readonly Action[] = ["shell.exec", "fs.read"];

/** Commands that one rule may stand for: each is tried. */
const mostCommands = 500;

/** A rule about every command there is. */
export function readEveryCommand(verdict: Verdict): RuleReading {
  const subject: Subject = { actions: ["shell.exec"], words: [] };
  if (verdict === "allow") {
    const why = "it allows every command; allow the ones you mean";
    return refusedReading(subject, why, "it allows every command");
  }
  return {
    subject,
    made: { conditions: { action: ["shell.exec"] }, examples: ["x", "git status"], remarks: [] },
    unsafe: null,
  };
}

/** A rule about the commands that begin with these words. */
export function readCommandPrefix(verdict: Verdict, { words, parsed }: CommandWords): RuleReading {
  const subject: Subject = { actions: ["shell.exec"], words };
  const unsafe = verdict === "allow" ? unsafePrefix(words) : null;
  if (words.reduce((count, texts) => count * texts.length, 1) > mostCommands) {
    const why = `it stands for more than ${mostCommands} commands; make it several rules`;
    return refusedReading(subject, why, unsafe);
  }
  const remarks: string[] = [];
  const patterns: string[] = [];
  for (const [index, texts] of words.entries()) {
    const spelled = texts.map((text) => spellWord(plainProgram(text, verdict, index, remarks)));
    if (spelled.some((text) => text === "" || (verdict === "allow" && /\s/.test(text)))) {
      return refusedReading(subject, "a word that is empty or holds blanks stands in no pattern", unsafe);
    }
    // A pattern is cut at blanks; for what stops a command, one that holds for more is as good.
    const safe = [...new Set(spelled)].map((text) => text.replace(/\s/gu, "?"));
    patterns.push(safe.length === 1 ? (safe[0] ?? "") : `{${safe.join(",")}}`);
  }
  return {
    subject,
    made: {
      conditions: {
        action: verdict === "allow" ? allowedActions : ["shell.exec"],
        command: [`${patterns.join(" ")} ...`],
      },
      examples: prefixExamples({ words, parsed }),
      remarks,
    },
    unsafe,
  };
}

/** What stops a program given by its path stops it by any path: mirror knows a program by its name. */
function plainProgram(text: string, verdict: Verdict, index: number, remarks: string[]): string {
  if (index > 0 || verdict === "allow" || !text.startsWith("/")) return text;
  const name = text.slice(text.lastIndexOf("/") + 1);
  if (name === "") return text;
  remarks.push(`it holds for \`${name}\` by any path`);
  return name;
}

/** Writes a word so that a command pattern means just that. */
export function spellWord(text: string): string {
  const escaped = text.replace(/[\\*?[\]{},"']/g, "\\$&");
  return escaped === "..." ? "\\..." : escaped.replace(/^(&&|\|\||[|&<]|>>?)$/, "\\$1");
}

/** Says why an allow of everything that begins with these words is unsafe; null: it does not strike the eye. */
export function unsafePrefix(words: readonly (readonly string[])[]): string | null {
  const runner = words[0]?.find((text) => runners.has(programName(text)));
  return runner === undefined
    ? null
    : `\`${runner}\` runs what its arguments or a file say; mirror asks wherever it cannot see what that is`;
}

/** `/usr/bin/python3.12` is `python`. */
function programName(text: string): string {
  if (text === ".") return text;
  return text
    .slice(text.lastIndexOf("/") + 1)
    .replace(/\.exe$/i, "")
    .replace(/[\d.]+$/, "");
}

/** Commands of which such a rule speaks: all of them, each with words after it that may be read as a subcommand. */
function prefixExamples({ words, parsed }: CommandWords): string[] {
  // What needs no quotes has none: `time` is a word of the shell's own, where it is not quoted.
  const write = (text: string): string =>
    !parsed || /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const commands = words.reduce<readonly string[]>(
    (starts, texts, index) =>
      starts.flatMap((start) => texts.map((text) => (index === 0 ? write(text) : `${start} ${write(text)}`))),
    [""],
  );
  return commands.flatMap((command) => [`${command} x`, `${command} x x`]);
}
