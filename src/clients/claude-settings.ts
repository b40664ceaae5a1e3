import { isDeepStrictEqual } from "node:util";
import type { Json } from "../base/canonical-json.ts";
import { MirrorError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { InstalledHook, InstalledHooks } from "./hook-dialect.ts";
import { appendElement, appendMember, removeItem, replaceNode } from "./json-edit.ts";
import { type JsonArray, type JsonNode, type JsonObject, jsonProblem, parseJsonText } from "./json-text.ts";

/** Events of Claude Code that mirror installs a hook for. */
export const claudeEvents: readonly string[] = [
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
  "SessionStart",
  "SessionEnd",
  "SubagentStart",
  "SubagentStop",
];

const toolEvents: ReadonlySet<string> = new Set(["PreToolUse", "PostToolUse", "PostToolUseFailure"]);

/** Seconds. Above the shim's own deadline of 330, for a call that waits for a signer, and 20 more: past the client's, older versions run the tool. */
const decisionTimeout = 400;
const reportTimeout = 30;

/** Puts our hooks into the text of a settings file; see `Dialect.install`. */
export function installClaudeHooks(
  settings: string | null,
  command: (event: string) => string,
  file: string,
): string {
  let text = settings === null || settings.trim() === "" ? "{}\n" : settings;
  text = removeOurs(text, file, (event) => !claudeEvents.includes(event));
  for (const event of claudeEvents) text = putEntry(text, file, event, hookEntry(event, command(event)));
  return text;
}

/** Takes our hooks out of the text of a settings file; see `Dialect.uninstall`. */
export function uninstallClaudeHooks(settings: string, file: string): string | null {
  const text = removeOurs(settings, file, () => true);
  if (text === settings) return settings;
  return readSettings(text, file).root.members.length === 0 ? null : text;
}

/** Reads our hooks back; see `Dialect.installed`. */
export function installedClaudeHooks(settings: string, file: string): InstalledHooks {
  const { root } = readSettings(settings, file);
  const hooks = findOurs(settings, file).map(({ event, entry, hook }): InstalledHook => {
    const matcher = scalarOf(entry, "matcher");
    const type = scalarOf(hook, "type");
    const timeout = scalarOf(hook, "timeout");
    const onFailure = scalarOf(hook, "onFailure");
    return {
      event,
      command: String(scalarOf(hook, "command")),
      matcher: typeof matcher === "string" ? matcher : null,
      type: typeof type === "string" ? type : null,
      timeout: typeof timeout === "number" ? timeout : null,
      onFailure: typeof onFailure === "string" ? onFailure : null,
    };
  });
  const env = member(root, "env");
  return {
    hooks,
    disabled: scalarOf(root, "disableAllHooks") === true,
    managedOnly: scalarOf(root, "allowManagedHooksOnly") === true,
    steering:
      env?.kind === "object" ? env.members.map(({ key }) => key).filter((key) => steers.test(key)) : [],
  };
}

/** What takes effect before a shell script can clear it: the dynamic linker's variables and the shell's own options. */
const steers = /^(LD_|DYLD_)|^(SHELLOPTS|BASHOPTS|BASH_FUNC_.*)$/;

type Entry = { readonly [key: string]: Json };

function hookEntry(event: string, command: string): Entry {
  const hook: Entry =
    event === "PreToolUse"
      ? { type: "command", command, timeout: decisionTimeout, onFailure: "block" }
      : { type: "command", command, timeout: reportTimeout };
  return toolEvents.has(event) ? { matcher: "*", hooks: [hook] } : { hooks: [hook] };
}

/** Puts one entry in: in place of our first one if there is one, else behind the others. */
function putEntry(text: string, file: string, event: string, entry: Entry): string {
  const [found, ...others] = findOurs(text, file).filter((ours) => ours.event === event);
  if (found === undefined) return addEntry(text, file, event, entry);
  if (others.length > 0) {
    const kept = found.hook.start;
    return putEntry(
      removeOurs(text, file, (name, hook) => name === event && hook.start !== kept),
      file,
      event,
      entry,
    );
  }
  const alone = found.hooks.elements.length === 1;
  const node = alone ? found.entry : found.hook;
  const value = alone ? entry : (entry["hooks"] as readonly Json[])[0];
  if (value === undefined || isDeepStrictEqual(JSON.parse(text.slice(node.start, node.end)), value))
    return text;
  return replaceNode(text, node, value);
}

function addEntry(text: string, file: string, event: string, entry: Entry): string {
  const { root, hooks } = readSettings(text, file);
  if (hooks === null) return appendMember(text, root, "hooks", { [event]: [entry] });
  const entries = member(hooks, event);
  if (entries === null) return appendMember(text, hooks, event, [entry]);
  return appendElement(text, requireArray(text, file, event, entries), entry);
}

/** Takes out our hooks for which `which` holds, and what would be left empty by that. */
function removeOurs(text: string, file: string, which: (event: string, hook: JsonObject) => boolean): string {
  let rest = text;
  // From the last to the first, so that the places before it stay where they are.
  for (const ours of findOurs(text, file)
    .filter((each) => which(each.event, each.hook))
    .reverse()) {
    rest = removeOne(rest, file, ours);
  }
  return rest;
}

function removeOne(text: string, file: string, ours: OurHook): string {
  // The tree anew: an earlier removal may have emptied what stands around this one.
  const { root, hooks } = readSettings(text, file);
  const same = findOurs(text, file).find((each) => each.hook.start === ours.hook.start);
  if (hooks === null || same === undefined) return text;
  if (same.hooks.elements.length > 1) {
    return removeItem(text, same.hooks, same.hooks.elements.indexOf(same.hook));
  }
  if (same.entries.elements.length > 1) {
    return removeItem(text, same.entries, same.entries.elements.indexOf(same.entry));
  }
  if (hooks.members.length > 1) return removeItem(text, hooks, indexOfKey(hooks, same.event));
  return removeItem(text, root, indexOfKey(root, "hooks"));
}

interface OurHook {
  readonly event: string;
  readonly entries: JsonArray;
  readonly entry: JsonObject;
  readonly hooks: JsonArray;
  readonly hook: JsonObject;
}

/** A command that runs a program called mirror-hook is ours. */
const ourCommand = /(^|[\s/'"])mirror-hook(['"\s;]|$)/;

function findOurs(text: string, file: string): OurHook[] {
  const { hooks } = readSettings(text, file);
  const found: OurHook[] = [];
  for (const { key: event, value: entries } of hooks?.members ?? []) {
    for (const entry of requireArray(text, file, event, entries).elements) {
      const list = entry.kind === "object" ? member(entry, "hooks") : null;
      if (entry.kind !== "object" || list?.kind !== "array") continue;
      for (const hook of list.elements) {
        if (hook.kind !== "object" || !ourCommand.test(String(scalarOf(hook, "command")))) continue;
        found.push({ event, entries: requireArray(text, file, event, entries), entry, hooks: list, hook });
      }
    }
  }
  return found;
}

/** Parses settings as far as we change them. Throws `invalid-document` where they are not what Claude Code reads. */
function readSettings(text: string, file: string): { root: JsonObject; hooks: JsonObject | null } {
  if (text.length > limits.document) {
    throw new MirrorError(
      "invalid-document",
      `${file}: ${text.length} characters, expected at most ${limits.document}`,
    );
  }
  const root = parseJsonText(text, file);
  if (root.kind !== "object") throw jsonProblem(text, file, root.start, "settings must be an object");
  refuseTwice(text, file, root);
  const hooks = member(root, "hooks");
  if (hooks === null) return { root, hooks };
  if (hooks.kind !== "object") throw jsonProblem(text, file, hooks.start, "`hooks` must be an object");
  refuseTwice(text, file, hooks);
  return { root, hooks };
}

/** Readers differ in which of two equal keys counts, so a change to either could be a change to nothing. */
function refuseTwice(text: string, file: string, object: JsonObject): void {
  const seen = new Set<string>();
  for (const { key, start } of object.members) {
    if (seen.has(key)) throw jsonProblem(text, file, start, `the key \`${key}\` stands here twice`);
    seen.add(key);
  }
}

function requireArray(text: string, file: string, event: string, node: JsonNode): JsonArray {
  if (node.kind === "array") return node;
  throw jsonProblem(text, file, node.start, `\`hooks.${event}\` must be an array`);
}

function member(object: JsonObject, key: string): JsonNode | null {
  return object.members.find((each) => each.key === key)?.value ?? null;
}

function indexOfKey(object: JsonObject, key: string): number {
  return object.members.findIndex((each) => each.key === key);
}

function scalarOf(object: JsonObject, key: string): null | boolean | number | string {
  const node = member(object, key);
  return node?.kind === "scalar" ? node.value : null;
}
