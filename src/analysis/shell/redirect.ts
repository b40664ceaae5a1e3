import type { Redirect, Redirection } from "unbash";
import type { Word } from "../../model/command.ts";
import { combineRisks } from "../../model/risk.ts";
import { risk } from "../path-risk.ts";
import { pathEffects } from "../paths.ts";
import type { EffectDraft } from "../understanding.ts";
import { isLocalHost } from "../urls.ts";
import { isOpen, unknownWord } from "../words.ts";
import type { Cursor } from "./cursor.ts";
import { expandParts, expandValue, expandWord } from "./expand.ts";
import { lookUp } from "./lookup.ts";
import { assignNamed } from "./names.ts";
import { addDoubt } from "./scope.ts";
import { type Input, someInput } from "./state.ts";
import { numberValue, staticText } from "./value.ts";

/** What the redirections of one command do. */
export interface Redirected {
  readonly effects: readonly EffectDraft[];
  /** Standard input, if they change it. */
  readonly input: Input | null;
  /** Whether they move standard output. */
  readonly movesOutput: boolean;
  /** Whether they can fail before the command runs: a file that is not there. */
  readonly canFail: boolean;
}

const notRedirected: Redirected = { effects: [], input: null, movesOutput: false, canFail: false };

/** Goes through the redirections of a command, in order. */
export function redirect(redirections: readonly Redirection[], cursor: Cursor): Redirected {
  if (redirections.length === 0) return notRedirected;
  const effects: EffectDraft[] = [];
  let input: Input | null = null;
  let movesOutput = false;
  for (const one of redirections) {
    nameDescriptor(one, cursor);
    if (cursor.scope.posix && /^&>/.test(one.operator)) {
      addDoubt("`&>` means something else to other shells", cursor.scope);
    }
    const from = descriptor(one);
    if (one.type === "HereDoc" || one.type === "HereString") {
      const text = one.type === "HereDoc" ? hereDocument(one, cursor) : hereString(one, cursor);
      if (from === 0) input = { text, piped: true, isScript: false };
      continue;
    }
    effects.push(...fileEffects(one, cursor));
    if (from === 0) input = one.target?.text === "/dev/null" ? { ...someInput, text: "" } : someInput;
    if (from === 1) movesOutput = true;
  }
  return { effects, input, movesOutput, canFail: effects.length > 0 };
}

function descriptor(one: Redirection): number | null {
  if (one.descriptor?.type === "FileDescriptor") return one.descriptor.value;
  if (one.descriptor !== undefined) return null;
  return one.operator.startsWith("<") ? 0 : 1;
}

function nameDescriptor(one: Redirection, cursor: Cursor): void {
  if (one.descriptor?.type !== "FileDescriptorVariable") return;
  if (cursor.scope.posix) addDoubt("`{name}>` means something else to other shells", cursor.scope);
  assignNamed(one.descriptor.name, numberValue(`$${one.descriptor.name}`), cursor);
}

function hereDocument(one: Extract<Redirection, { type: "HereDoc" }>, cursor: Cursor): string | null {
  const { body, operator, delimiter } = one;
  // It goes on to the end of the text, unless a shell finds an end that the parser did not see.
  if (one.closing === undefined && body.text.trim() !== "")
    addDoubt("a here-document without its end", cursor.scope);
  const text =
    body.parts === undefined
      ? unescaped(body.text, delimiter?.quoted ?? false)
      : staticText(expandParts(body.parts, cursor));
  if (text === null || operator === "<<") return text;
  return body.parts === undefined ? text.replace(/^\t+/gm, "") : null;
}

function unescaped(text: string, quoted: boolean): string {
  return quoted
    ? text
    : text.replace(/\\([$`\\\n])/g, (_, character: string) => (character === "\n" ? "" : character));
}

function hereString(one: Extract<Redirection, { type: "HereString" }>, cursor: Cursor): string | null {
  if (one.target === undefined) return null;
  const text = staticText(expandValue(one.target, cursor));
  return text === null ? null : `${text}\n`;
}

function fileEffects(one: Redirect, cursor: Cursor): EffectDraft[] {
  if (one.target === undefined) return [];
  // Bash reads `>&-` and goes on with what touches it as a word of the command.
  if (one.operator.endsWith("&") && /^-./s.test(one.target.text))
    addDoubt("a redirection that is not understood", cursor.scope);
  const words = expandWord(one.target, cursor);
  const word = words.length === 1 && words[0] !== undefined ? words[0] : unknownWord(one.target.text, true);
  const duplicates = one.operator === ">&" || one.operator === "<&";
  if (duplicates && isDescriptor(word, one, cursor)) return [];
  const net = connection(word, one);
  if (net !== null) return [net];
  const { state, scope } = cursor;
  const { surroundings } = scope.session;
  const place = typeof word === "string" && word.startsWith("~") ? `./${word}` : word;
  const reads = one.operator === "<" || one.operator === "<&" || one.operator === "<>";
  const writes = one.operator !== "<" && one.operator !== "<&";
  return [
    ...(reads ? pathEffects("fs.read", place, state.cwd, surroundings) : []),
    ...(writes ? pathEffects("fs.write", place, state.cwd, surroundings) : []),
  ];
}

/** Tells whether `>&word` names a descriptor. Only where it moves standard output can the word be a file. */
function isDescriptor(word: Word, one: Redirect, cursor: Cursor): boolean {
  if (!isOpen(word)) return /^(\d+-?|-)$/.test(word);
  if (one.operator === "<&" || (one.descriptor !== undefined && descriptor(one) !== 1)) return true;
  const name = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(word.text)?.[1];
  return (
    name !== undefined &&
    lookUp(name, cursor).every((part) => typeof part !== "string" && part.hole === "number")
  );
}

/** Bash opens a connection for `/dev/tcp/host/port`. Where the word may become one, the path effect is unknown anyway. */
function connection(word: Word, one: Redirect): EffectDraft | null {
  const text = isOpen(word) ? (word.parts[0] ?? "") : word;
  const found = /^\/+dev\/+(?:tcp|udp)\/+([^/]*)/.exec(text);
  if (found === null) return null;
  const known = isOpen(word) ? !text.slice(0, found[0].length + 1).endsWith("/") : false;
  const host = known || found[1] === undefined || found[1] === "" ? null : found[1].toLowerCase();
  const opaque = host === null ? [`depends on \`${one.target?.text ?? ""}\``] : [];
  const away = host === null || !isLocalHost(host) ? risk("medium", "leaves-machine") : risk("low");
  return {
    action: "net.connect",
    resource: { kind: "host", host, direction: "send" },
    opaque,
    risk: combineRisks(opaque.length > 0 ? [away, risk("low", "opaque")] : [away]),
  };
}
