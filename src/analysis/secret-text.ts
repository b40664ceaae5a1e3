// Finds secrets inside text and puts a mark in their place. The mark names the kind, never the value.

/** Makes the mark for a kind of secret. */
export function redactionMark(kind: string): string {
  return `‹redacted:${kind}›`;
}

const marks = /(‹redacted:[a-z0-9-]+›)/;

/** Gives what a redacted text says beside its marks: the parts before, between and behind them. */
export function withoutMarks(text: string): string[] {
  return text.split(marks).filter((_, index) => index % 2 === 0);
}

interface Shape {
  readonly kind: string;
  readonly pattern: RegExp;
  /** What is put in place of a match; `$1` and its like are what stays. */
  readonly replacement: string;
}

function shape(kind: string, pattern: RegExp, before = "", after = ""): Shape {
  return { kind, pattern, replacement: `${before}${redactionMark(kind)}${after}` };
}

/** Tokens that tell by their own look whose they are. */
const tokens: readonly Shape[] = [
  shape(
    "private-key",
    /-----BEGIN[A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----[\s\S]*?(?:-----END[A-Z0-9 ]*-----|$)|\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g,
  ),
  shape("jwt", /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g),
  shape("github-token", /\b(?:gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{16,})/g),
  shape("gitlab-token", /\bgl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|oas)-[\w-]{10,}/g),
  shape("aws-key", /\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[0-9A-Z]{16}\b/g),
  shape("slack-token", /\bx(?:ox[abceoprs]|app)-[\w.-]{8,}/g),
  shape("google-key", /\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bGOCSPX-[\w-]{16,}/g),
  shape("npm-token", /\bnpm_[A-Za-z0-9]{20,}/g),
  shape("api-key", /\b(?:sk|pk|rk)(?:_live|_test|-ant|-proj|-or)?[-_][A-Za-z0-9_-]{16,}/g),
  shape(
    "service-token",
    /\b(?:hf_|gsk_|r8_|dop_v1_|dckr_pat_|pypi-|rubygems_|shp(?:at|ca|pa|ss)_|sq0[a-z]{3}-|whsec_|tskey-|lin_api_|figd_|ATATT3x|hvs\.|hvb\.|xai-|ntn_|secret_|pul-|sntrys_|sntryu_|glsa_|phc_|rnd_|fo1_|nfp_|vercel_|doo_v1_|EAACEdEose0cBA|key-(?=[0-9a-f]{32}))[\w=.-]{16,}/g,
  ),
  shape("sendgrid-key", /\bSG\.[\w-]{16,}\.[\w-]{16,}/g),
  shape("bot-token", /\b\d{8,10}:AA[\w-]{30,}/g),
  shape("twilio-key", /\bSK[0-9a-f]{32}\b/g),
  shape("webhook", /(hooks\.slack\.com\/services\/|discord(?:app)?\.com\/api\/webhooks\/)[\w/-]{16,}/g, "$1"),
];

/** Values that are secret because of where they stand. */
const positions: readonly Shape[] = [
  shape(
    "header",
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]*(?:key|token|secret|auth)|api-?key|private-token|[a-z-]*-token)(\s*:\s*)(?!\s*\$)[^\s"'‹][^"'\n‹]*/gi,
    "$1$2",
  ),
  shape("bearer", /\b(bearer|basic|token)(\s+)(?=[\w+/=.~-]*\d)[\w+/=.~-]{16,}/gi, "$1$2"),
  shape("url-password", /([a-z][a-z0-9+.-]*:\/\/[^\s/@:‹]*:)[^\s/@‹]+(@)/gi, "$1", "$2"),
  shape("url-user", /([a-z][a-z0-9+.-]*:\/\/)[^\s/@:‹]{16,}(@)/gi, "$1", "$2"),
  shape(
    "query",
    /([?&](?:access_?token|refresh_?token|id_?token|token|api_?key|apikey|key|secret|client_?secret|password|passwd|pwd|sig|signature|auth|code|x-amz-(?:signature|credential|security-token))=)[^&\s#"'‹]+/gi,
    "$1",
  ),
  shape(
    "assignment",
    /((?:^|[^A-Za-z0-9])[\w.-]*(?:token|secret|password|passwd|passphrase|api_?key|access_?key|account_?key|private_?key|secret_?key|auth_?key|credentials?|_auth|_pass|_pwd)\w*["']?\s*(?:=>|[=:])\s*["']?)(?![\s"']|\$|true\b|false\b|null\b|none\b|string\b|number\b|undefined\b|@|\/\/)[^\s"';&|,{}()<>‹]+/gi,
    "$1",
  ),
];

/** Replaces every secret in a text by a mark. Doing it again changes nothing. */
export function redactText(text: string): string {
  if (text.length < 4) return text;
  let found = text;
  // A replacement may uncover another one beside it; each pass only ever adds marks.
  for (let pass = 0; pass < 8; pass++) {
    const next = onePass(found);
    if (next === found) return next;
    found = next;
  }
  return redactionMark("text");
}

function onePass(text: string): string {
  const parts = text.includes("‹redacted:") ? text.split(marks) : [text];
  return parts.map((part) => (marks.test(part) ? part : redactPart(part))).join("");
}

function redactPart(text: string): string {
  let found = text;
  for (const { pattern, replacement } of tokens) found = found.replace(pattern, replacement);
  for (const { pattern, replacement } of positions) found = found.replace(pattern, replacement);
  return found
    .split(marks)
    .map((part) =>
      marks.test(part)
        ? part
        : part.replace(candidates, (one) => (isRandom(one) ? redactionMark("random") : one)),
    )
    .join("");
}

const candidates = /[A-Za-z0-9+/_=-]{20,}/g;

/** Tells whether a word is too random for a name, and no digest, id or path. */
function isRandom(word: string): boolean {
  if (/^[0-9a-f-]+$|^[0-9A-F-]+$/.test(word) || /^sha(1|256|384|512)[-_]/.test(word)) return false;
  const body = word.replace(/=+$/, "");
  if (body.includes("/") && looksLikePath(body)) return false;
  const pieces = body.split(/[-_/=+]/).filter((piece) => piece !== "");
  const dense =
    body.includes("/") || body.includes("+")
      ? body
      : pieces.reduce((a, b) => (b.length > a.length ? b : a), "");
  if (dense.length < 20) return false;
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((one) => one.test(dense)).length;
  if (classes < 3 && !(classes === 2 && /[0-9]/.test(dense) && dense.length >= 28)) return false;
  return entropy(dense) >= 3.5 && switches(dense) >= dense.length / 5;
}

/** Segments that are words, as names of files and directories are. */
function looksLikePath(text: string): boolean {
  if (/^[./~]|\/$/.test(text)) return true;
  const segments = text.split("/").filter((segment) => segment !== "");
  const wordy = segments.filter(
    (segment) => segment.length < 20 && switches(segment) <= Math.max(2, segment.length / 4),
  );
  return wordy.length > segments.length / 2;
}

/** Bits per character of a text by its own letters. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** How often the kind of character changes: names rarely do, random text all the time. */
function switches(text: string): number {
  const kind = (character: string): number => (/[a-z]/.test(character) ? 0 : /[A-Z]/.test(character) ? 1 : 2);
  let count = 0;
  for (let index = 1; index < text.length; index++) {
    if (kind(text[index] ?? "") !== kind(text[index - 1] ?? "")) count++;
  }
  return count;
}
