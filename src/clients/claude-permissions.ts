import { isMirrorError } from "../base/errors.ts";
import type { Action } from "../model/effect.ts";
import { isVerdict, type Verdict } from "../model/verdict.ts";
import {
  type ClientRule,
  type RuleConditions,
  type RuleFile,
  type RuleReading,
  refusedReading,
  type Subject,
} from "./client-rule.ts";
import { readCommandPrefix, readEveryCommand, spellWord, unsafePrefix } from "./command-rule.ts";
import { type JsonNode, parseJsonText } from "./json-text.ts";
import { placesOf } from "./text-place.ts";
import { unreadRule } from "./unread-rule.ts";

/** Reads the permission rules of Claude Code's settings; of all that match, the strictest decides. */
export function readClaudePermissions(files: readonly RuleFile[]): ClientRule[] {
  return files.flatMap((file) => {
    try {
      return readSettings(file, parseJsonText(file.text, file.name));
    } catch (error) {
      if (!isMirrorError(error, "invalid-document")) throw error;
      const { line, column } = error.data;
      const place = typeof line === "number" && typeof column === "number" ? { line, column } : null;
      return [unreadRule(file, place, "it is no JSON")];
    }
  });
}

function readSettings(file: RuleFile, settings: JsonNode): ClientRule[] {
  const place = placesOf(file.text);
  const permissions = members(settings, "permissions");
  return ["deny", "ask", "allow"].flatMap((verdict) => {
    const lists = permissions.flatMap((each) => members(each, verdict));
    if (!isVerdict(verdict)) return [];
    return lists.flatMap((list) =>
      (list.kind === "array" ? list.elements : []).flatMap((node): ClientRule[] => {
        if (node.kind !== "scalar" || typeof node.value !== "string") return [];
        const text = node.value;
        const at = `${file.name}:${place(node.start).line}`;
        return [{ verdict, text, at, rank: 0, reason: null, reading: readPermission(verdict, text) }];
      }),
    );
  });
}

function members(node: JsonNode, key: string): JsonNode[] {
  return node.kind === "object"
    ? node.members.filter((each) => each.key === key).map(({ value }) => value)
    : [];
}

function readPermission(verdict: Verdict, text: string): RuleReading {
  const match = /^([A-Za-z_][A-Za-z0-9_-]*)(?:\(([\s\S]*)\))?$/.exec(text.trim());
  if (match === null) return refusedReading(nothing, "it is no `Tool` or `Tool(what)`");
  const [, tool = "", what] = match;
  if (tool === "Bash") return readCommand(verdict, what ?? "");
  if (tool.startsWith("mcp__")) return readMcp(tool, what);
  if (tool === "Read" || tool === "Grep" || tool === "Glob") return readPath("fs.read", what);
  if (["Edit", "Write", "MultiEdit", "NotebookEdit"].includes(tool)) return readPath("fs.write", what);
  if (tool === "WebFetch") return readHost(what);
  if (tool === "Task" || tool === "Agent") {
    const subject: Subject = { actions: ["agent.spawn"], words: [textOf(what)] };
    return taken(subject, { action: ["agent.spawn"], agent: [what ?? "*"] });
  }
  return refusedReading(nothing, `mirror decides what a call does, and \`${tool}\` says nothing of that`);
}

const nothing: Subject = { actions: [], words: [] };

function readCommand(verdict: Verdict, what: string): RuleReading {
  const text = what.trim();
  if (text === "" || text === "*") return readEveryCommand(verdict);
  // `npm run test:*` is a prefix of the text, `git * main` a pattern over it.
  const isPrefix = text.endsWith(":*");
  const words = (isPrefix ? text.slice(0, -2) : text).split(/\s+/);
  const odd = words.find((word) => /[|&;<>$`"'(){}[\]\\]/.test(word));
  const subject = subjectOf(odd === undefined ? words : words.slice(0, words.indexOf(odd)), isPrefix);
  if (odd !== undefined) return refusedReading(subject, `\`${odd}\` is more than a word of one command`);
  if (isPrefix && verdict === "allow" && !words.some((word) => word.includes("*")))
    return readWholeWords(words);
  const isOpen = isPrefix || text.includes("*");
  return {
    subject,
    made: {
      conditions: {
        action: verdict === "allow" ? ["shell.exec", "fs.read"] : ["shell.exec"],
        command: [patternOf(verdict, words, isPrefix)],
      },
      examples: [`${words.join(" ").replaceAll("*", "x")}${isPrefix ? " x" : ""}`],
      remarks: [],
    },
    unsafe: verdict === "allow" && isOpen ? unsafePrefix(words.map((word) => [word])) : null,
  };
}

/** A prefix of the text says more than whole words do: more letters on the last one are not allowed. */
function readWholeWords(words: readonly string[]): RuleReading {
  const reading = readCommandPrefix("allow", { words: words.map((word) => [word]), parsed: false });
  if ("refused" in reading.made || words.length === 1) return reading;
  const remark = "it stands for whole words: more letters on the last one are asked about";
  return { ...reading, made: { ...reading.made, remarks: [...reading.made.remarks, remark] } };
}

function patternOf(verdict: Verdict, words: readonly string[], isPrefix: boolean): string {
  const pattern = words
    .map((word) => (word === "*" ? "* ..." : word.split("*").map(spellWord).join("*")))
    .join(" ");
  if (!isPrefix) return pattern;
  return verdict === "allow" ? `${pattern} ...` : `${pattern}* ...`;
}

function subjectOf(words: readonly string[], isPrefix: boolean): Subject {
  const star = words.findIndex((word) => word.includes("*"));
  const sure = words.slice(0, star < 0 ? words.length - (isPrefix ? 1 : 0) : star);
  return { actions: ["shell.exec"], words: sure.map((word) => [word]) };
}

function readMcp(tool: string, what: string | undefined): RuleReading {
  const [, server = "", name = "*"] = tool.split("__");
  const subject: Subject = { actions: ["mcp.call"], words: [textOf(server), textOf(name)] };
  if (server === "" || what !== undefined) return refusedReading(subject, "it names no server and tool");
  return taken(subject, { action: ["mcp.call"], mcp: [`${server}/${name}`] });
}

function readHost(what: string | undefined): RuleReading {
  const host = /^domain:([a-z0-9.*-]+)$/i.exec(what ?? "")?.[1];
  const subject: Subject = { actions: ["net.connect"], words: [textOf(host)] };
  if (host === undefined)
    return refusedReading(subject, "mirror's rules name hosts: `WebFetch(domain:example.org)`");
  return taken(subject, { action: ["net.connect"], host: [host] });
}

/** Null: any text. */
function textOf(text: string | undefined): readonly string[] | null {
  return text === undefined || text.includes("*") ? null : [text];
}

/** Paths are written as in `.gitignore`, with `//` for the file system's root and `/` for the project's. */
function readPath(action: Action, what: string | undefined): RuleReading {
  const text = what?.trim() ?? "";
  const subject: Subject = { actions: [action], words: [] };
  if (text === "" || text === "*" || text === "**")
    return taken(subject, { action: [action], path: ["/**"] });
  if (/[{}[\]\\$]/.test(text)) {
    // The client holds commands that read and write files to it, too.
    const about: Subject = { actions: [action, "shell.exec"], words: [] };
    return refusedReading(about, "its path has signs that mean something else in mirror's patterns");
  }
  const path = anchored(text);
  return taken(subject, { action: [action], path: [path.endsWith("/") ? `${path}**` : path] });
}

function anchored(text: string): string {
  if (text.startsWith("//")) return text.slice(1);
  if (text.startsWith("~/")) return text;
  const path = text.replace(/^\.?\//, "");
  const isAnywhere = path === text && !path.replace(/\/$/, "").includes("/");
  return isAnywhere ? `**/${path}` : path;
}

function taken(subject: Subject, conditions: RuleConditions): RuleReading {
  return { subject, made: { conditions, examples: [], remarks: [] }, unsafe: null };
}
