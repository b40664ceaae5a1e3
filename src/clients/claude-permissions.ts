import type { Verdict } from "../model/verdict.ts";

/** One permission rule of a Claude Code settings file. */
export interface ClaudePermission {
  readonly verdict: Verdict;
  /** As it stands: `Bash(npm run test:*)`. */
  readonly text: string;
}

/** What becomes of it: conditions of one of mirror's rules, as `policies/*.yaml` writes them; or why there is none. */
export type ReadPermission =
  | { readonly conditions: ImportedConditions; readonly remarks: readonly string[] }
  | { readonly refused: string };

/** The part of a rule that says what it is about. */
export interface ImportedConditions {
  /** One action, or a list as YAML writes it. */
  readonly action: string;
  readonly command?: string;
  readonly path?: string;
  readonly host?: string;
  readonly mcp?: string;
  readonly agent?: string;
}

/** Programs that run whatever their arguments, or a file, say: who allows them by name allows everything. */
const runners = new Set(
  "sh bash zsh dash fish env sudo doas xargs eval exec source . python python3 node deno bun ruby perl php npx bunx uvx make just npm pnpm yarn".split(
    " ",
  ),
);

/** Reads one permission rule. UNTRUSTED: `text` is whatever stands in a settings file. */
export function readClaudePermission({ verdict, text }: ClaudePermission): ReadPermission {
  const match = /^([A-Za-z_][A-Za-z0-9_-]*)(?:\(([\s\S]*)\))?$/.exec(text.trim());
  if (match === null) return { refused: "it is no `Tool` or `Tool(what)`" };
  const [, tool = "", what] = match;
  if (tool === "Bash") return readCommand(verdict, what ?? "");
  if (tool.startsWith("mcp__")) return readMcp(tool, what);
  if (tool === "Read" || tool === "Grep" || tool === "Glob") return readPath("fs.read", what);
  if (["Edit", "Write", "MultiEdit", "NotebookEdit"].includes(tool)) return readPath("fs.write", what);
  if (tool === "WebFetch") return readHost(what);
  if (tool === "Task" || tool === "Agent")
    return { conditions: { action: "agent.spawn", agent: what ?? "*" }, remarks: [] };
  return { refused: `mirror decides what a call does, and \`${tool}\` says nothing of that` };
}

function readCommand(verdict: Verdict, what: string): ReadPermission {
  const text = what.trim();
  if (text === "" || text === "*") {
    if (verdict === "allow") return { refused: "it allows every command; allow the ones you mean" };
    return { conditions: { action: "shell.exec" }, remarks: [] };
  }
  // `npm run test:*` is a prefix of the text, `git * main` a pattern over it.
  const isPrefix = text.endsWith(":*");
  const words = (isPrefix ? text.slice(0, -2) : text).split(/\s+/);
  const odd = words.find((word) => /[|&;<>$`"'(){}[\]\\]/.test(word));
  if (odd !== undefined) return { refused: `\`${odd}\` is more than a word of one command` };
  const [program = ""] = words;
  const remarks: string[] = [];
  if (verdict === "allow" && (isPrefix || text.includes("*")) && runners.has(program)) {
    remarks.push(
      `\`${program}\` runs what its arguments or a file say; mirror asks wherever it cannot see what that is`,
    );
  }
  // Running it is one thing, what it reads another; what it writes or sends is asked about.
  const action = verdict === "allow" ? "[shell.exec, fs.read]" : "shell.exec";
  return { conditions: { action, command: commandOf(verdict, words, isPrefix, remarks) }, remarks };
}

/** A pattern over words. Where whole words say less than a prefix of text, an allow says less and the others no less. */
function commandOf(verdict: Verdict, words: readonly string[], isPrefix: boolean, remarks: string[]): string {
  const pattern = words.map((word) => (word === "*" ? "* ..." : word)).join(" ");
  if (!isPrefix) return pattern;
  if (verdict !== "allow") return `${pattern}* ...`;
  if (words.length > 1)
    remarks.push("it stands for whole words: more letters on the last one are asked about");
  return `${pattern} ...`;
}

function readMcp(tool: string, what: string | undefined): ReadPermission {
  const [, server = "", name = "*"] = tool.split("__");
  if (server === "" || what !== undefined) return { refused: "it names no server and tool" };
  return { conditions: { action: "mcp.call", mcp: `${server}/${name}` }, remarks: [] };
}

function readHost(what: string | undefined): ReadPermission {
  const host = /^domain:([a-z0-9.*-]+)$/i.exec(what ?? "")?.[1];
  if (host === undefined) return { refused: "mirror's rules name hosts: `WebFetch(domain:example.org)`" };
  return { conditions: { action: "net.connect", host }, remarks: [] };
}

/** Paths are written as in `.gitignore`, with `//` for the file system's root and `/` for the project's. */
function readPath(action: string, what: string | undefined): ReadPermission {
  const text = what?.trim() ?? "";
  if (text === "" || text === "*" || text === "**")
    return { conditions: { action, path: "/**" }, remarks: [] };
  if (/[{}[\]\\$]/.test(text))
    return { refused: "its path has signs that mean something else in mirror's patterns" };
  const path = anchored(text);
  return { conditions: { action, path: path.endsWith("/") ? `${path}**` : path }, remarks: [] };
}

function anchored(text: string): string {
  if (text.startsWith("//")) return text.slice(1);
  if (text.startsWith("~/")) return text;
  const path = text.replace(/^\.?\//, "");
  const isAnywhere = path === text && !path.replace(/\/$/, "").includes("/");
  return isAnywhere ? `**/${path}` : path;
}
