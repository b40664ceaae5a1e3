import type { Command, OpenWord, Word } from "../model/command.ts";
import type { Analysis, Effect, Resource } from "../model/effect.ts";
import { looksRandom } from "./random-words.ts";
import { isPlaceholder, isSecretValue } from "./secret-names.ts";
import { maybeSecretOption, programOptions, secretOption } from "./secret-options.ts";
import { markKind, type OnRemoved, outsideMarks, redactionMark, redactText } from "./secret-text.ts";
import { isOpen, knownStart } from "./words.ts";

/** Characters past which a word is not kept: inline scripts and here-documents are contents, not words. */
const longWord = 2_000;

/**
 * Gives the analysis without secrets, fit to be kept (TRUST R1–R3): words, paths, hosts and names have a mark where
 * a secret stood, and words past 2,000 characters are a mark. Static words stay static and open ones open, so
 * that a decision can be replayed. Doing it again changes nothing.
 */
export function redact(analysis: Analysis, onRemoved: OnRemoved = () => undefined): Analysis {
  const known = new Set<string>();
  const hiding: Hiding = {
    onRemoved: (removed) => {
      known.add(removed.value);
      onRemoved(removed);
    },
    known,
  };
  // Inner commands first: what their options hide stands in the words of the outer ones, too (`bash -c '…'`).
  const commands = analysis.commands
    .toReversed()
    .map((command) => redactCommand(command, hiding))
    .reverse();
  return {
    commands,
    effects: analysis.effects.map((effect) => redactEffect(effect, hiding)),
    risk: analysis.risk,
  };
}

interface Hiding {
  readonly onRemoved: OnRemoved;
  /** What was removed so far. */
  readonly known: ReadonlySet<string>;
}

function redactCommand(command: Command, hiding: Hiding): Command {
  const program = knownStart(command.argv[0] ?? "").replace(/^.*\//, "");
  const argv = command.argv.map((word, index) =>
    redactWord(word, index === 0 ? null : secretPart(program, command.argv, index), hiding),
  );
  return { argv, parent: command.parent };
}

/** How much of a word its place makes secret: all of it, all but its first `keep` characters; null: nothing. */
function secretPart(program: string, argv: readonly Word[], index: number): number | null {
  const start = knownStart(argv[index] ?? "");
  const before = index > 1 ? knownStart(argv[index - 1] ?? "") : "";
  const assigned = /^([\w.@:/-]{1,80})=(?=.)/.exec(start);
  if (assigned !== null && isSecretValue(assigned[1] ?? "", start.slice(assigned[0].length)))
    return assigned[0].length;
  if (isPlaceholder(start)) return null;
  const own = programOptions.get(program);
  if (own?.asks?.test(before) === true) return null;
  if (secretOption.test(before)) return start.startsWith("-") && !looksRandom(start) ? null : 0;
  if (maybeSecretOption.test(before) && looksRandom(start)) return 0;
  if (
    index > 2 &&
    knownStart(argv[index - 2] ?? "") === "set" &&
    !start.startsWith("-") &&
    isSecretValue(before, start)
  )
    return 0;
  if (program === "nmcli" && before === "password") return 0;
  if (program === "htpasswd" && index === 4 && /^-[a-zA-Z]*b/.test(knownStart(argv[1] ?? ""))) return 0;
  if (own === undefined || own.after?.test(knownStart(argv[1] ?? "")) === false) return null;
  if (own.pair !== undefined) {
    const attached = own.pair.option.exec(start)?.[0] ?? "";
    const at = start.indexOf(own.pair.mark, attached.length);
    const isPair = own.pair.option.test(before) ? !start.startsWith("-") : attached !== "";
    if (isPair && at > 0 && !isPlaceholder(start.slice(at + 1))) return at + 1;
  }
  if (own.next?.test(before) === true) return program === "curl" && !start.includes("=") ? null : 0;
  return own.attached?.test(start) === true && start.length > 2 && !start.startsWith("--") ? 2 : null;
}

function redactWord(word: Word, keep: number | null, hiding: Hiding): Word {
  if (isOpen(word)) return redactOpen(word, keep, hiding);
  return keep === null ? redactNested(word, hiding) : hide(word, keep, hiding);
}

function hide(text: string, keep: number, { onRemoved }: Hiding): string {
  const value = text.slice(keep);
  if (value === "" || markKind(value) !== null) return text;
  // A token says more of itself than its place does.
  const kind = markKind(redactText(value)) ?? "option";
  onRemoved({ kind, value });
  return text.slice(0, keep) + redactionMark(kind);
}

/** Shortest value that is looked for in other words: shorter ones stand there by chance. */
const shortestKnown = 3;

/** Redacts a word or a phrase, in which a command may stand whose secrets are known by now. */
function redactNested(text: string, { onRemoved, known }: Hiding): string {
  let redacted = redactLong(text, onRemoved);
  if (!/\s/.test(redacted)) return redacted;
  for (const value of known) {
    if (value.length < shortestKnown) continue;
    redacted = outsideMarks(redacted, (part) => part.replaceAll(value, redactionMark("option")));
  }
  return redacted;
}

/** Redacts one text of an analysis: a word, a path, a name. */
export function redactLong(text: string, onRemoved?: OnRemoved): string {
  if (text.length <= longWord) return redactText(text, onRemoved);
  onRemoved?.({ kind: "long-text", value: text });
  return redactionMark("long-text");
}

/** What is known of an open word loses its secrets; what is unknown stays unknown. */
function redactOpen(word: OpenWord, keep: number | null, hiding: Hiding): OpenWord {
  const redactOne = (text: string): string =>
    keep === null ? redactNested(text, hiding) : hide(text, keep, hiding);
  const parts = word.parts.map((part) => (part === null || part === "" ? part : redactOne(part)));
  return { ...word, text: redactOne(word.text), parts };
}

function redactEffect(effect: Effect, hiding: Hiding): Effect {
  return {
    ...effect,
    resource: redactResource(effect.resource, hiding.onRemoved),
    opaque: effect.opaque.map((reason) => redactNested(reason, hiding)),
  };
}

function redactResource(resource: Resource, onRemoved: OnRemoved): Resource {
  const redactOne = (text: string): string => redactLong(text, onRemoved);
  switch (resource.kind) {
    case "path":
      return {
        ...resource,
        path: redactOne(resource.path),
        real: resource.real === null ? null : redactOne(resource.real),
      };
    case "host":
      return { ...resource, host: resource.host === null ? null : redactOne(resource.host) };
    case "mcp":
      return { ...resource, server: redactOne(resource.server), tool: redactOne(resource.tool) };
    case "agent":
      return { ...resource, type: redactOne(resource.type) };
    case "tool":
      return { ...resource, name: redactOne(resource.name) };
    case "command":
      return resource;
  }
}
