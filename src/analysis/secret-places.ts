import { isPlaceholder, isSecretValue, nameSays } from "./secret-names.ts";
import { findAll, type Span } from "./secret-spans.ts";

// Values that are secret because of where they stand.

/** Places whose value is always one; the group is what is taken. */
const places: readonly (readonly [kind: string, form: RegExp])[] = [
  ["url-password", /[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/@:\u2039"']*:([^\s/@\u2039"']+)@/gi],
  ["url-user", /[a-z][a-z0-9+.-]{1,30}:\/\/([^\s/@:\u2039"']{16,})@/gi],
  [
    "query",
    /[?&#](?:access_?token|refresh_?token|id_?token|token|api_?key|apikey|key|secret|client_?secret|password|passwd|pwd|sig|signature|auth|code|x-amz-(?:signature|credential|security-token))=([^&\s#"'\u2039]+)/gi,
  ],
  ["login", /\blogin\s+\S{1,200}\s+password\s+(\S+)/gi],
  ["pgpass", /^[\w.*-]+:(?:\d{2,5}|\*):[\w*-]+:[\w*-]+:([^\s:]+)$/gm],
  ["sql-password", /\b(?:identified\s+by|with\s+password|password)\s+'([^']+)'/gi],
  ["header", /\bdigest\s[^\n]{0,400}?\bresponse=\\?"?([\w+/=-]{8,})/gi],
  ["option", /(?<![\w-])-pass(?:in|out)?[ =]pass:([^\s"']+)/g],
  ["option", /\bcurl\b[^\n|;&]{0,400}?\s-[a-zA-Z]{0,6}u\s?["']?[\w.@+-]+:(?!\$)([^\s"'\u2039]+)/g],
];

/** Headers that carry one. What names the scheme stays. */
const headers =
  /(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{0,30}(?:key|token|secret|auth)|api-?key|private-token|[a-z-]{1,30}-token)(\\?["']?\s{0,3}:\s{0,3}\\?["']?)((?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)\s+)?([^"'\\\r\n\u2039]+)/gi;
const bearers = /(?<![\w-])(?:bearer|basic|token)\s+(?=[\w+/=.~-]{0,200}\d)([\w+/=.~-]{16,})/gi;

/** A name, what ties it to its value, and the value: in quotes (also in escaped ones), or up to where a bare one ends. */
const pairs = new RegExp(
  [
    String.raw`(?<![\w.$@-])([\w.@:/-]{1,80}?)`,
    String.raw`(\\?["'\x60]?\]?\s{0,4}(?:=>|:=|(?<![=!<>])=(?![=>~])|:(?![:=]))[ \t]{0,4}(?:\n[ \t]+(?=value:))?)`,
    String.raw`(?:(\\?["'\x60])((?:(?!\3)(?:\\[\s\S]|[^\\])){0,4000})(?:\3|$)`,
    String.raw`|((?:\$?\{\{[^}]*\}\}|[^\s"'\x60;&|,<>(){}\u2039])+))`,
  ].join(""),
  "g",
);
/** `{"name": "DB_PASSWORD", "value": "x"}`, and the same as YAML or XML. */
const named =
  /\b(?:name|key|id)\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?([\w.-]{2,80})\\?["']?\s{0,3},?\s{0,40}\\?["']?value\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?([^"'\\\s\u2039]+)/g;
const elements = /<([\w:.-]{2,60})>([^<>\u2039\s]+)<\//g;
/** `ENV X y`, `config set x y`. */
const settings =
  /(?:\b(?:ENV|ARG|setx|set)|\bpassword)\s+(?:([\w./:-]{2,80})\s+)?(["']?)([^\s"'\u2039=]+)\2/g;
/** `--password x` within a text. */
const options =
  /(?<![\w-])--?(password|passwd|pass|passphrase|token|auth-token|access-token|api-token|secret|client-secret|api-?key|access-key|storepass|keypass)\s+(["']?)([^\s"'\u2039-][^\s"'\u2039]*)\2/gi;

/** Words of a sentence that follow the name of an option. */
const sentence =
  /^(?:option|flag|flags|argument|is|are|was|to|for|and|or|in|from|with|without|the|a|an|when|as|on|must|not|now|support|via|instead|if|it|that|which|may|can|will|of|by|at|file|prompt|only|here)$/i;

const worthALook =
  /pass|pwd|pw|token|secret|key|cred|auth|cookie|bearer|basic|sig|login|identified|:\/\/|[?&#]code=|pat|pin|otp|salt|seed|session|sid|curl|digest|:\d{2,5}:/i;

/** Finds values that are secret because of what stands before them. */
export function findPlaced(text: string): Span[] {
  if (!worthALook.test(text)) return [];
  const spans: Span[] = [];
  const take = (kind: string, match: RegExpExecArray, value: string): void => {
    const end = match.index + match[0].length;
    const start = match.index + match[0].lastIndexOf(value);
    if (value !== "") spans.push({ kind, start, end: Math.min(end, start + value.length) });
  };
  for (const [kind, form] of places) {
    for (const span of findAll(kind, form, text)) {
      if (!isPlaceholder(text.slice(span.start, span.end))) spans.push(span);
    }
  }
  for (const match of text.matchAll(headers)) {
    const [, name = "", , , value = ""] = match;
    const end = value.trimEnd();
    if (!isPlaceholder(end) && !isSentence(name, end)) take("header", match, end);
  }
  for (const match of text.matchAll(bearers)) take("bearer", match, match[1] ?? "");
  spans.push(...findPairs(text));
  for (const form of [named, elements]) {
    for (const match of text.matchAll(form)) {
      const [, name = "", value = ""] = match;
      if (isSecretValue(name, value)) take("assignment", match, value);
    }
  }
  for (const match of text.matchAll(settings)) {
    const [whole, name, , value = ""] = match;
    if (value.startsWith("-") || sentence.test(value)) continue;
    if (
      name === undefined ? !whole.startsWith("password") || !looksChosen(value) : !isSecretValue(name, value)
    )
      continue;
    take("assignment", match, value);
  }
  for (const match of text.matchAll(options)) {
    const value = match[3] ?? "";
    if (!isPlaceholder(value) && !sentence.test(value)) take("option", match, value);
  }
  return spans;
}

function findPairs(text: string): Span[] {
  const spans: Span[] = [];
  pairs.lastIndex = 0;
  for (let match = pairs.exec(text); match !== null; match = pairs.exec(text)) {
    const [whole, name = "", tie = "", quote = "", quoted, bare = ""] = match;
    const value = quoted ?? bare;
    const start = match.index + name.length + tie.length + quote.length;
    const after = text.slice(match.index + whole.length, match.index + whole.length + 40);
    const isValue =
      isSecretValue(name, value) &&
      !(quoted === undefined ? isCode(name, tie, bare, after) : isLabel(tie, value));
    if (isValue) spans.push({ kind: "assignment", start, end: start + value.length });
    // What is no secret itself may hold one: `--from-literal=TOKEN=x`, a body in quotes.
    else pairs.lastIndex = Math.min(start, match.index + whole.length);
  }
  return spans;
}

/** A word with a digit or a mark in it: no word of a sentence. */
function looksChosen(word: string): boolean {
  return word.length >= 6 && !/^[A-Za-z]+[.,:;!?]?$/.test(word) && !/^-/.test(word) && !isPlaceholder(word);
}

/** Tells whether a bare value is a word of a program or a sentence, by what stands around it. */
function isCode(name: string, tie: string, value: string, after: string): boolean {
  const spaced = /\s$/.test(tie);
  if (tie.includes("=>") || tie.includes(":=")) return true;
  const isName = /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$#][\w$]*)*[!?]?$/.test(value);
  const digits = /\d/.test(value);
  if (isName && /^[([]/.test(after)) return true;
  if (isName && !digits && /^\s?[,);}|&]/.test(after) && (spaced || /^[),]/.test(after))) return true;
  if (!spaced) return false;
  if (/^[A-Za-z_$][\w$.]*\[/.test(value)) return true;
  if (isName && /^\s+(?:[=!<>]=|\?|&&|\|\||[+*-]\s)/.test(after)) return true;
  if (isName && value.toLowerCase() === name.toLowerCase()) return true;
  // A sentence goes on; a member of an object is read.
  if (/^[A-Za-z][a-z]*[.,]?$/.test(value) && /^[,;]?[ \t]+[\w'"]/.test(after)) return true;
  return isName && !digits && value.includes(".");
}

/** What a header's name is followed by in a sentence or a type. */
function isSentence(name: string, value: string): boolean {
  return (
    /^[A-Za-z]+(?:[;,]|$)/.test(value) && !/authorization|cookie/i.test(name) && nameSays(name) !== "secret"
  );
}

/** What a form shows beside a field: words, with a space between them, and no mark of a password. */
function isLabel(tie: string, value: string): boolean {
  return tie.includes(":") && /^[A-Z][a-z']+(?: [A-Za-z']+)+[.?!\u2026]?$/.test(value);
}
