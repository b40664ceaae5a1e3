/**
 * Tells whether a word is too random for a name, and no digest, id, path or plain text in base64. `before` is what
 * stands before it in its text.
 */
export function isRandom(word: string, before: string): boolean {
  if (/^[0-9a-f-]+$|^[0-9A-F-]+$/.test(word) || /^sha(1|256|384|512)[-_]/.test(word)) return false;
  if (/(?:\bh1:|\bsha(?:1|256|384|512):|\/nix\/store\/)$/i.test(before)) return false;
  if (/^(?:Qm[0-9A-Za-z]{44}|toolu_\w+|age1[a-z0-9]{50,})$/.test(word)) return false;
  const body = word.replace(/=+$/, "");
  if (body.includes("/") && looksLikePath(body)) return false;
  const dense = densePart(body);
  if (dense.length < 20 || /^(?:0x)?[0-9a-f]+$|^[0-9A-F]+$/.test(dense)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((one) => one.test(dense)).length;
  if (classes < 3 && !(classes === 2 && /[0-9]/.test(dense) && dense.length >= 28)) return false;
  return (
    entropy(dense) >= 3.5 &&
    switches(dense) >= dense.length / 5 &&
    !isOrdered(dense) &&
    !isWordy(dense) &&
    !isPlainBase64(word)
  );
}

/** Tells whether a value is one that nobody would choose by hand: what stands in a weak position must be. */
export function looksRandom(value: string): boolean {
  if (/^[0-9a-f]{32,}$|^[0-9A-F]{32,}$/.test(value)) return true;
  const dense = densePart(value.replace(/=+$/, ""));
  return dense.length >= 16 && /[a-z]/i.test(dense) && /[0-9]/.test(dense) && entropy(dense) >= 3.2;
}

/** Gives the longest piece between the marks that names are divided by; in base64 they are part of the alphabet. */
function densePart(body: string): string {
  if (body.includes("/") || body.includes("+")) return body;
  return body.split(/[-_=]/).reduce((a, b) => (b.length > a.length ? b : a), "");
}

/** Words written together, as in the names of tests: few characters stand outside of one. */
function isWordy(word: string): boolean {
  const inWords = word.match(/[A-Z]?[a-z]{3,}|[A-Z]{4,}|\d{4,}/g) ?? [];
  return inWords.join("").length > word.length * 0.6;
}

/** An alphabet, or another row that counts up. */
function isOrdered(word: string): boolean {
  let inOrder = 0;
  for (let index = 1; index < word.length; index++) {
    if (word.charCodeAt(index) - word.charCodeAt(index - 1) === 1) inOrder++;
  }
  return inOrder > word.length / 2;
}

/** Base64 of something a person wrote. */
function isPlainBase64(word: string): boolean {
  if (word.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(word)) return false;
  return /^[\t\n\r\x20-\x7e]+$/.test(atob(word));
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
