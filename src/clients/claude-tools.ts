import type { Content, ToolInput } from "../model/call.ts";
import { globSearch, grepSearch } from "./claude-search.ts";
import {
  exactTextField,
  type Fields,
  field,
  nameField,
  objectFields,
  optionalExactTextField,
  optionalTextField,
  requireArray,
  textField,
} from "./payload-fields.ts";

type Reader = (input: Fields) => ToolInput;

const inert: Reader = () => ({ kind: "inert" });

/**
 * Tools of Claude Code that mirror understands. `inert` are those that only keep the client's own books: they
 * reach no file, program, host or person's setting by themselves. What loads instructions or starts things later
 * (Skill, SlashCommand, CronCreate, EnterWorktree, …) is left out, and so is unknown.
 */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["Bash", (input) => ({ kind: "shell", command: exactTextField(input, "command") })],
  ["Read", (input) => ({ kind: "read", path: exactTextField(input, "file_path") })],
  ["NotebookRead", (input) => ({ kind: "read", path: exactTextField(input, "notebook_path") })],
  ["Write", readWrite],
  ["Edit", readEdit],
  ["MultiEdit", readMultiEdit],
  ["NotebookEdit", readNotebookEdit],
  ["Glob", (input) => globSearch(optionalExactTextField(input, "path"), exactTextField(input, "pattern"))],
  ["Grep", readGrep],
  ["LS", (input) => ({ kind: "search", path: exactTextField(input, "path"), pattern: null, reads: false })],
  ["WebFetch", (input) => ({ kind: "fetch", url: exactTextField(input, "url") })],
  ["WebSearch", readWebSearch],
  ["Agent", readSpawn],
  ["Task", readSpawn],
  ["ListMcpResourcesTool", (input) => readResources(input, "resources/list")],
  ["ReadMcpResourceTool", (input) => readResources(input, "resources/read")],
  ["TodoRead", inert],
  ["TodoWrite", inert],
  ["TaskCreate", inert],
  ["TaskGet", inert],
  ["TaskList", inert],
  ["TaskUpdate", inert],
  ["TaskOutput", inert],
  ["TaskStop", inert],
  ["BashOutput", inert],
  ["KillBash", inert],
  ["KillShell", inert],
  ["EnterPlanMode", inert],
  ["ExitPlanMode", inert],
  ["AskUserQuestion", inert],
  ["ToolSearch", inert],
]);

/**
 * Reads a tool's input. A tool that is not known is `unknown`; a known one whose input has the wrong types
 * throws `malformed-payload` naming the field. `server` is the MCP server's name where the client said it.
 */
export function readToolInput(tool: string, input: unknown, server: string | null): ToolInput {
  const fields = objectFields(input, "`tool_input`", "tool_input.");
  if (tool.startsWith("mcp__")) return readMcp(tool.slice("mcp__".length), server);
  const reader = readers.get(tool);
  return reader === undefined ? { kind: "unknown" } : reader(fields);
}

/** The fields of each tool that hold what goes into a file, or what is looked for there. */
const contentFields: ReadonlyMap<string, readonly string[]> = new Map([
  ["Write", ["content"]],
  ["Edit", ["old_string", "new_string"]],
  ["MultiEdit", ["old_string", "new_string"]],
  ["NotebookEdit", ["new_source"]],
]);

/** Gives the texts for files in a tool's input that `readToolInput` has taken. */
export function readContents(tool: string, input: unknown): Content[] {
  const names = contentFields.get(tool);
  if (names === undefined) return [];
  const fields = objectFields(input, "`tool_input`", "tool_input.");
  const contents = textsOf(fields.values, names, "");
  const edits = field(fields, "edits");
  if (!Array.isArray(edits)) return contents;
  return [...contents, ...edits.flatMap((edit, index) => textsOf(edit, names, `edits[${index}].`))];
}

function textsOf(value: unknown, names: readonly string[], prefix: string): Content[] {
  if (typeof value !== "object" || value === null) return [];
  const fields: Fields = { prefix, values: value as Readonly<Record<string, unknown>> };
  return names.flatMap((name) => {
    const text = field(fields, name);
    return typeof text === "string" ? [{ field: prefix + name, text, isNew: name !== "old_string" }] : [];
  });
}

function readWrite(input: Fields): ToolInput {
  textField(input, "content");
  return { kind: "write", path: exactTextField(input, "file_path") };
}

function readEdit(input: Fields): ToolInput {
  textField(input, "old_string");
  textField(input, "new_string");
  return { kind: "edit", path: exactTextField(input, "file_path") };
}

function readMultiEdit(input: Fields): ToolInput {
  requireArray(input, "edits");
  return { kind: "edit", path: exactTextField(input, "file_path") };
}

function readNotebookEdit(input: Fields): ToolInput {
  return { kind: "edit", path: exactTextField(input, "notebook_path") };
}

function readGrep(input: Fields): ToolInput {
  textField(input, "pattern");
  return grepSearch(optionalExactTextField(input, "path"), optionalTextField(input, "glob"));
}

function readWebSearch(input: Fields): ToolInput {
  textField(input, "query");
  return { kind: "web-search" };
}

function readSpawn(input: Fields): ToolInput {
  // The client's own default, where the model names no type.
  const named = field(input, "subagent_type") ?? null;
  return { kind: "spawn", type: named === null ? "general-purpose" : nameField(input, "subagent_type", 256) };
}

function readResources(input: Fields, tool: string): ToolInput {
  const server = optionalExactTextField(input, "server");
  return server === null ? { kind: "unknown" } : { kind: "mcp", server, tool };
}

/**
 * Splits `server__tool`. Either part may hold `__` itself, so that `github__evil__run` could pass for the server
 * `github`: the client's own word for the server decides, and without it a name that splits in two ways is unknown.
 */
function readMcp(name: string, server: string | null): ToolInput {
  if (server !== null) {
    const prefix = `${server.replace(/[^A-Za-z0-9_-]/g, "_")}__`;
    if (!name.startsWith(prefix) || name.length === prefix.length) return { kind: "unknown" };
    return { kind: "mcp", server: prefix.slice(0, -2), tool: name.slice(prefix.length) };
  }
  const at = name.indexOf("__");
  if (at <= 0 || at !== name.lastIndexOf("__") || at + 2 === name.length) return { kind: "unknown" };
  return { kind: "mcp", server: name.slice(0, at), tool: name.slice(at + 2) };
}
