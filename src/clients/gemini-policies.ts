import { parse, TomlError } from "smol-toml";
import { actions } from "../model/effect.ts";
import { isVerdict, type Verdict } from "../model/verdict.ts";
import {
  type ClientRule,
  type RuleConditions,
  type RuleFile,
  type RuleReading,
  refusedReading,
  type Subject,
} from "./client-rule.ts";
import { readCommandPrefix, readEveryCommand } from "./command-rule.ts";
import { unreadRule } from "./unread-rule.ts";

type Table = Readonly<Record<string, unknown>>;

const depthLimit = 32;

/** Keys of a rule that say nothing of what it matches. */
const plainKeys = new Set(
  "toolName mcpName commandPrefix commandRegex argsPattern decision priority modes denyMessage deny_message allowRedirection allow_redirection".split(
    " ",
  ),
);
const readers = new Set(
  "read_file read_many_files glob grep_search search_file_content list_directory".split(" "),
);
const writers = new Set(["write_file", "replace"]);

/** The tiers of the two places that are read: what the person says wins over what the project says. */
const tiers: Readonly<Record<RuleFile["scope"], number>> = { user: 4, local: 3, project: 3 };

/**
 * Reads the rules of Gemini CLI's policy files. There the rule of the highest priority decides alone, and the person's
 * come before the project's. Source: the client's documentation.
 */
export function readGeminiPolicies(files: readonly RuleFile[]): ClientRule[] {
  return files.flatMap((file) => {
    try {
      return readFile(file);
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      return [
        unreadRule(
          file,
          error,
          `it is no TOML: ${(error.message.split("\n")[0] ?? "").replace(/^.*?: /, "")}`,
        ),
      ];
    }
  });
}

function readFile(file: RuleFile): ClientRule[] {
  const root = parse(file.text, { maxDepth: depthLimit, unsafeKeyBehaviour: "throw" });
  return [
    ...readTables(file, root, "rule", (table) => readRule(file, table)),
    // A checker looks at what a rule lets through, whatever its priority, and may ask or deny.
    ...readTables(file, root, "safety_checker", (table) => {
      const rules = readRule(file, { priority: 0, ...table, decision: "ask_user" });
      if (typeof rules === "string") return rules;
      return rules.map((rule) => ({ ...rule, rank: Number.POSITIVE_INFINITY }));
    }),
  ];
}

/** `read` gives a text where a table is none of this kind: what is wrong with it. */
function readTables(
  file: RuleFile,
  root: Table,
  key: string,
  read: (table: Table) => Omit<ClientRule, "at">[] | string,
): ClientRule[] {
  const tables = root[key] ?? [];
  if (!Array.isArray(tables))
    return [unreadRule(file, null, `its \`${key}\` is no list of tables: \`[[${key}]]\``)];
  const lines = headerLines(file.text, key);
  return tables.flatMap((table: unknown, index) => {
    const line = lines.length === tables.length ? lines[index] : undefined;
    const at = line === undefined ? `${file.name} (${key} ${index + 1})` : `${file.name}:${line}`;
    const found = isTable(table) ? read(table) : "it is no table";
    if (typeof found !== "string") return found.map((each) => ({ ...each, at }));
    return [{ ...unreadRule(file, line === undefined ? null : { line, column: 1 }, found), at }];
  });
}

/** The lines of `[[key]]`. The parser keeps no places; where it found another number of tables, none is believed. */
function headerLines(text: string, key: string): number[] {
  const header = new RegExp(`^\\s*\\[\\[\\s*${key}\\s*\\]\\]`);
  return text.split("\n").flatMap((line, index) => (header.test(line) ? [index + 1] : []));
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text says what is wrong. */
function readRule(file: RuleFile, table: Table): Omit<ClientRule, "at">[] | string {
  const { decision, priority } = table;
  const verdict = decision === "ask_user" ? "ask" : decision;
  if (typeof verdict !== "string" || !isVerdict(verdict))
    return "its `decision` is none of allow, deny, ask_user";
  if (typeof priority !== "number" || !Number.isInteger(priority) || priority < 0 || priority > 999)
    return "its `priority` is no whole number from 0 to 999";
  const tools = texts(table["toolName"]);
  const prefixes = texts(table["commandPrefix"]);
  const modes = texts(table["modes"]);
  const oddKey = ["mcpName", "commandRegex", "argsPattern"].find(
    (key) => table[key] !== undefined && typeof table[key] !== "string",
  );
  if (tools === null || prefixes === null || modes === null || oddKey !== undefined)
    return `its \`${oddKey ?? "toolName, commandPrefix or modes"}\` is no text`;
  const message = table["denyMessage"] ?? table["deny_message"];
  const common = {
    verdict,
    rank: tiers[file.scope] * 1_000 + priority,
    reason: typeof message === "string" && message.trim() !== "" ? message.trim() : null,
  };
  return spread(table, tools, prefixes).map(({ tool, prefix }) => {
    const mcp = table["mcpName"];
    const text = [
      typeof mcp === "string" ? `${mcp}/${tool ?? "*"}` : (tool ?? "no tool"),
      conditionText(table, prefix),
    ];
    const reading = readOne(verdict, table, { tool, prefix, modes });
    return { ...common, text: text.filter((part) => part !== "").join(" "), reading };
  });
}

/** One rule for each tool and each beginning of a command that it names. */
function spread(
  table: Table,
  tools: readonly string[],
  prefixes: readonly string[],
): { tool: string | null; prefix: string | null }[] {
  // Either of these stands for the shell's tool, whether that is named or not.
  const isShell = prefixes.length > 0 || table["commandRegex"] !== undefined;
  const named =
    tools.length > 0 ? tools : [isShell && table["mcpName"] === undefined ? "run_shell_command" : null];
  return named.flatMap((tool) =>
    (prefixes.length > 0 ? prefixes : [null]).map((prefix) => ({ tool, prefix })),
  );
}

function conditionText(table: Table, prefix: string | null): string {
  if (prefix !== null) return JSON.stringify(prefix);
  const key = ["commandRegex", "argsPattern"].find((each) => table[each] !== undefined);
  return key === undefined ? "" : `${key} ${JSON.stringify(table[key])}`;
}

/** Null: neither nothing, nor a text, nor a list of texts. */
function texts(value: unknown): readonly string[] | null {
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) return null;
  const found = value.filter((each) => typeof each === "string");
  return found.length === value.length ? found : null;
}

function readOne(
  verdict: Verdict,
  table: Table,
  { tool, prefix, modes }: { tool: string | null; prefix: string | null; modes: readonly string[] },
): RuleReading {
  const whole = readTool(verdict, table["mcpName"], tool);
  const reading = prefix === null ? whole : readPrefix(verdict, prefix, tool, whole);
  if (modes.length > 0 && !modes.includes("default"))
    return refusedReading(
      { actions: [], words: [] },
      `it holds in ${modes.join(", ")} alone, and mirror knows no such modes`,
    );
  const narrowing = Object.keys(table).find((key) => !plainKeys.has(key));
  if (narrowing !== undefined)
    return refusedReading(reading.subject, `mirror has nothing that says \`${narrowing}\``);
  const regex = table["commandRegex"] ?? table["argsPattern"];
  if (regex !== undefined) {
    const unsafe = verdict === "allow" ? "a regular expression allows more than it shows" : null;
    const about =
      typeof table["commandRegex"] === "string"
        ? regexSubject(whole.subject, table["commandRegex"])
        : whole.subject;
    return refusedReading(about, "it is a regular expression, and mirror's patterns are of words", unsafe);
  }
  return withModes(reading, modes);
}

function readPrefix(verdict: Verdict, prefix: string, tool: string | null, whole: RuleReading): RuleReading {
  if (tool !== "run_shell_command")
    return refusedReading(whole.subject, "`commandPrefix` stands with `run_shell_command` alone");
  const words = prefix.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return readEveryCommand(verdict);
  const odd = words.find((word) =>
    (verdict === "allow" ? /[|&;<>$`"'(){}[\]\\*?~]/ : /[|&;<>$`"'(){}[\]\\]/).test(word),
  );
  const parts = words.slice(0, odd === undefined ? undefined : words.indexOf(odd)).map((word) => [word]);
  if (odd !== undefined)
    return refusedReading(
      { ...whole.subject, words: parts },
      `\`${odd}\` is more than a word of one command`,
    );
  return readCommandPrefix(verdict, { words: parts, parsed: false });
}

/** `git (commit|push)` speaks of git. */
function regexSubject(subject: Subject, regex: string): Subject {
  const program = /^([\w-]+)(?: |\\s\+?)/.exec(regex)?.[1];
  const isOne = program !== undefined && !regex.replace(/\([^()]*\)/g, "").includes("|");
  return isOne ? { ...subject, words: [[program]] } : subject;
}

function withModes(reading: RuleReading, modes: readonly string[]): RuleReading {
  const left = ["plan", "autoEdit", "yolo"].filter((mode) => modes.length > 0 && !modes.includes(mode));
  if ("refused" in reading.made || left.length === 0) return reading;
  const remark = `the client does not hold it in ${left.join(" and ")} mode; mirror knows no modes`;
  return { ...reading, made: { ...reading.made, remarks: [...reading.made.remarks, remark] } };
}

function readTool(verdict: Verdict, mcpName: unknown, tool: string | null): RuleReading {
  if (typeof mcpName === "string") return readMcp(verdict, [[mcpName, tool ?? "*"]]);
  if (tool === null) return refusedReading({ actions, words: [] }, "it names no tool");
  if (tool === "*") {
    const isAllow = verdict === "allow";
    const why = isAllow
      ? "it allows every tool; allow the ones you mean"
      : "what holds for all the rest is said by `otherwise` in mirror.yaml";
    return refusedReading({ actions, words: [] }, why, isAllow ? "it allows every tool" : null);
  }
  if (tool === "run_shell_command") return readEveryCommand(verdict);
  const isRead = readers.has(tool);
  if (isRead || writers.has(tool)) {
    const action = isRead ? "fs.read" : "fs.write";
    // The client's own tools stay in the workspace; what is stopped is stopped everywhere.
    const remark = `mirror decides what is ${isRead ? "read" : "written"}, whichever tool does it`;
    return taken(
      { actions: [action], words: [] },
      { action: [action], path: [verdict === "allow" ? "**" : "/**"] },
      [remark],
    );
  }
  if (tool === "web_fetch")
    return taken(
      { actions: ["net.connect"], words: [] },
      { action: ["net.connect"], host: ["*"], ...(verdict === "allow" && { when: { direction: "fetch" } }) },
    );
  if (tool === "invoke_agent")
    return taken({ actions: ["agent.spawn"], words: [] }, { action: ["agent.spawn"], agent: ["*"] });
  if (/^mcp_.|__/.test(tool)) return readMcpName(verdict, tool);
  // An agent's name stands as a tool's, too.
  const subject: Subject = { actions: ["agent.spawn", "unknown"], words: [[tool]] };
  return refusedReading(subject, `mirror decides what a call does, and \`${tool}\` says nothing of that`);
}

/** `mcp_server_tool`: where the server's name ends cannot be seen. The client cuts at the first `_`; the strict may hold for each. */
function readMcpName(verdict: Verdict, tool: string): RuleReading {
  if (tool === "mcp_*") return readMcp(verdict, [["*", "*"]]);
  if (!tool.startsWith("mcp_")) {
    const [server = "", name = ""] = tool.split("__");
    if (verdict !== "allow") return readMcp(verdict, [[server, name]]);
    return refusedReading(
      { actions: ["mcp.call"], words: [] },
      "the client does not read `server__tool` any more",
    );
  }
  const parts = tool.slice("mcp_".length).split("_");
  const cuts = parts
    .slice(1)
    .map((_, index): [string, string] => [
      parts.slice(0, index + 1).join("_"),
      parts.slice(index + 1).join("_"),
    ]);
  return readMcp(verdict, verdict === "allow" ? cuts.slice(0, 1) : cuts);
}

function readMcp(verdict: Verdict, pairs: readonly (readonly [string, string])[]): RuleReading {
  const words = [0, 1].map((at) =>
    pairs.some((pair) => pair[at]?.includes("*")) ? null : pairs.map((pair) => pair[at] ?? ""),
  );
  const subject: Subject = { actions: ["mcp.call"], words };
  if (pairs.length === 0 || !pairs.flat().every((name) => /^(\*|[\w.:-]+)$/.test(name)))
    return refusedReading(subject, "it names no server and tool");
  const isAny = verdict === "allow" && pairs.some(([server]) => server === "*");
  const conditions: RuleConditions = { action: ["mcp.call"], mcp: pairs.map((pair) => pair.join("/")) };
  return {
    ...taken(subject, conditions),
    unsafe: isAny ? "it allows servers that nobody has seen yet" : null,
  };
}

function taken(subject: Subject, conditions: RuleConditions, remarks: readonly string[] = []): RuleReading {
  return { subject, made: { conditions, examples: [], remarks }, unsafe: null };
}
