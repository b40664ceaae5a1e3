import type { Command, OpenWord, Word } from "../model/command.ts";
import type { Analysis, Effect, Resource } from "../model/effect.ts";
import { redactionMark, redactText } from "./secret-text.ts";
import { isOpen, knownStart } from "./words.ts";

/** Characters past which a word is not kept: inline scripts and here-documents are contents, not words. */
const longWord = 2_000;

/** Options whose next word is a secret, whatever the program. */
const secretOptions =
  /^--?(password|passwd|pass|passphrase|passwort|token|auth-token|access-token|api-token|secret|secret-key|client-secret|api-?key|access-key|secret-access-key|private-key-passphrase|otp|pin|secret-string|master-password|admin-password|db-password|plaintext|oauth2-bearer|bearer|session-token)$/i;

/** Short options that are one for some programs, the value attached or next. */
const shortSecrets: Readonly<Record<string, RegExp>> = Object.assign(Object.create(null), {
  mysql: /^-p/,
  mysqldump: /^-p/,
  mysqladmin: /^-p/,
  mariadb: /^-p/,
  mycli: /^-p/,
  sshpass: /^-p/,
  mongosh: /^-p/,
  mongo: /^-p/,
  mongodump: /^-p/,
  docker: /^-p$/,
  podman: /^-p$/,
  "redis-cli": /^-a/,
  sqlcmd: /^-P/,
  zip: /^-P/,
  unzip: /^-P/,
  "7z": /^-p/,
});

/** Programs whose short option takes `user:password`. */
const userOptions: Readonly<Record<string, RegExp>> = Object.assign(Object.create(null), {
  curl: /^(-u|-U|--user|--proxy-user)$/,
  http: /^(-a|--auth)$/,
  https: /^(-a|--auth)$/,
  xh: /^(-a|--auth)$/,
  wget: /^--(user|password|http-password|ftp-password)$/,
});

/**
 * Gives the analysis without secrets, fit to be kept (TRUST R1–R3): words, paths, hosts and names have a mark where
 * a secret stood, and words past 2,000 characters are a mark. Static words stay static and open ones open, so
 * that a decision can be replayed. Doing it again changes nothing.
 */
export function redact(analysis: Analysis): Analysis {
  return {
    commands: analysis.commands.map(redactCommand),
    effects: analysis.effects.map(redactEffect),
    risk: analysis.risk,
  };
}

function redactCommand(command: Command): Command {
  const program = knownStart(command.argv[0] ?? "").replace(/^.*\//, "");
  const argv = command.argv.map((word, index) => {
    const before = index > 1 ? knownStart(command.argv[index - 1] ?? "") : "";
    return redactWord(word, index === 0 ? null : secretPart(program, command.argv, word, before));
  });
  return { argv, parent: command.parent };
}

/** How much of a word its place makes secret: all of it, all but its first `keep` characters; null: nothing. */
function secretPart(program: string, argv: readonly Word[], word: Word, before: string): number | null {
  const start = knownStart(word);
  if (secretOptions.test(before)) return 0;
  const user = userOptions[program];
  if (user?.test(before) === true)
    return start.includes(":") ? start.indexOf(":") + 1 : program === "wget" ? 0 : null;
  const attachedUser = program === "curl" ? /^-u[^:]+:/.exec(start) : null;
  if (attachedUser !== null) return attachedUser[0].length;
  const short = shortSecrets[program];
  if (short === undefined || (/^(docker|podman)$/.test(program) && argv[1] !== "login")) return null;
  if (start.length > 2 && !start.startsWith("--") && short.test(start)) return 2;
  return before.length === 2 &&
    short.test(before) &&
    /^(sshpass|mongo.*|docker|podman|redis-cli|sqlcmd|zip|unzip)$/.test(program)
    ? 0
    : null;
}

function redactWord(word: Word, keep: number | null): Word {
  if (isOpen(word)) return redactOpen(word, keep);
  if (keep !== null) return hide(word, keep);
  return redactLong(word);
}

function hide(text: string, keep: number): string {
  const mark = redactionMark("option");
  if (text.length <= keep || text.slice(keep) === mark) return text;
  return text.slice(0, keep) + mark;
}

/** Redacts one text of an analysis: a word, a path, a name. */
export function redactLong(text: string): string {
  return text.length > longWord ? redactionMark("long-text") : redactText(text);
}

/** What is known of an open word loses its secrets; what is unknown stays unknown. */
function redactOpen(word: OpenWord, keep: number | null): OpenWord {
  const redactOne = (text: string): string => (keep === null ? redactLong(text) : hide(text, keep));
  const parts = word.parts.map((part) => (part === null || part === "" ? part : redactOne(part)));
  return { ...word, text: redactOne(word.text), parts };
}

function redactEffect(effect: Effect): Effect {
  return { ...effect, resource: redactResource(effect.resource), opaque: effect.opaque.map(redactLong) };
}

function redactResource(resource: Resource): Resource {
  switch (resource.kind) {
    case "path":
      return {
        ...resource,
        path: redactLong(resource.path),
        real: resource.real === null ? null : redactLong(resource.real),
      };
    case "host":
      return { ...resource, host: resource.host === null ? null : redactLong(resource.host) };
    case "mcp":
      return { ...resource, server: redactLong(resource.server), tool: redactLong(resource.tool) };
    case "agent":
      return { ...resource, type: redactLong(resource.type) };
    case "tool":
      return { ...resource, name: redactLong(resource.name) };
    case "command":
      return resource;
  }
}
