import { looksRandom } from "./random-words.ts";

// Whether a name says that its value is a secret, and whether a value is one, or only a place for one.

/** Names whose value is a secret whatever it is. */
const strongWords =
  /(?:password|passwd|passwort|passphrase|passcode|secret|token|credentials?|apikey|privatekey|secretkey|accesskey)$|^(?:pwd|pw|pass|storepass|keypass|requirepass|masterauth|sshpass)$/;
/** Names whose value is one if it looks like it. */
const weakWords =
  /^(?:key|keys|auth|pat|pin|otp|salt|seed|signature|sig|session|sid|sessionid|secrets|tokens|passwords)$/;
/** What makes a strong name of `key`. */
const keyKinds =
  /^(?:api|access|secret|private|account|auth|encryption|master|shared|service|license|deploy|application|consumer|client|storage|webhook|bot|admin|crypto|hmac|jwt|aes|subscription|session|app)$/;
/** What may follow the word that counts. */
const trailing =
  /^(?:\d+|v\d+|prod|production|staging|stage|dev|development|test|live|old|new|base|value|default|current|primary|secondary|main)$/;
/** What makes no secret of a `token`: places in a list, parts of a text, what stops a task. */
const otherTokens =
  /^(?:next|page|paging|continuation|continue|cursor|sync|start|end|begin|eof|eos|bos|pad|unk|cancellation|cancel|design|color|max|min|num|total|syntax|lookahead|prev|previous|peek|id)$/;

/** How much a name says: its value is a secret, is one if it looks like it, or nothing. */
export function nameSays(name: string): "secret" | "maybe" | null {
  // A path is no name (`/etc/passwd: x`), and git's own names a public key.
  if ((name.startsWith("/") && !name.includes(":")) || /\.signingkey$/i.test(name)) return null;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  while (words.length > 1 && trailing.test(words.at(-1) ?? "")) words.pop();
  const last = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (/^tokens?$/.test(last) && otherTokens.test(before)) return null;
  if (
    /^(?:no|with|without|show|hide|forgot|reset|has|is|use|skip|confirm|old)$/.test(before) &&
    words.length === 2
  )
    return last === "password" && /^(?:confirm|old)$/.test(before) ? "secret" : null;
  if (strongWords.test(last)) return "secret";
  if (/^key$/.test(last) && keyKinds.test(before)) return "secret";
  if (last === "auth" && (name.startsWith("_") || /_AUTH$/.test(name))) return "secret";
  if (
    last === "key" &&
    /^(?:primary|foreign|public|cache|sort|partition|row|hash|unique|pub|query)$/.test(before)
  )
    return null;
  return weakWords.test(last) ? "maybe" : null;
}

/** Words that stand for a type, a state or a choice where a value would stand. */
const noValue =
  /^(?:true|false|null|none|nil|undefined|void|string|number|boolean|bool|str|int|integer|float|bytes|any|unknown|never|object|array|list|text|varchar|char|required|optional|readonly|yes|no|on|off|include|omit|same-origin|bearer|basic|digest|jwt|oauth2?|await|async|new|function|return|typeof|not|self|this)$/i;

/** Tells whether what stands in a secret's place is only a place for one: a variable, a type, a pattern to fill in. */
export function isPlaceholder(value: string): boolean {
  return (
    // Beside what is put in from elsewhere, next to nothing.
    value.replace(/\$\{[^}]*\}/g, "").length < (value.includes("${") ? 4 : 1) ||
    /^[^A-Za-z0-9]{1,3}$/.test(value) ||
    noValue.test(value) ||
    /^\$(?:\w+|\{[^}]*\}?|\([^)]*\)?|\{\{.*)$|^\$env:\w+$/s.test(value) ||
    /^\$\{?\w+\}?[:@/]\$\{?\w+\}?$/.test(value) ||
    /^(?:\{\{.*|\{%.*|\$\{\{.*|<[^<>]*>?|%\w+%|@\w+@|\[[^\]]*\]?|\{\w*\})$/s.test(value) ||
    /^(.)\1{2,}$|^[*.\u2026\u2022_=-]+$/.test(value) ||
    /^(?:~|\.{1,2})?\/[\w.~-]+(?:\/[\w.~-]+)*\/?$/.test(value) ||
    /^https?:\/\//i.test(value) ||
    /^(?:process\.env|import\.meta|os\.environ|os\.getenv|getenv|env|ENV|secrets|vars?|local|data|config|settings|args|options|req|request|self|this|ctx|props|params|event)(?:\.|\[|\()/.test(
      value,
    )
  );
}

/** Tells whether a name and the value beside it make a secret. */
export function isSecretValue(name: string, value: string): boolean {
  const says = nameSays(name);
  if (says === null || isPlaceholder(value)) return false;
  if (says === "maybe") return looksRandom(value);
  // `token: 12` counts something; a password may well be a number.
  return !/token$|^pass$/i.test(name) || !/^-?\d{1,9}$/.test(value);
}
