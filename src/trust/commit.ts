import { isUtf8 } from "node:buffer";
import { MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { limits } from "../base/limits.ts";

/** Who made a commit and when, as its header says. A claim until the signature is verified. */
export interface Identity {
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** `+0000`. */
  readonly zone: string;
}

/** The one signature a commit carries. */
export interface CommitSignature {
  readonly kind: "openpgp" | "ssh";
  /** The armored text, ending with a newline. */
  readonly armored: string;
}

/** A commit that was parsed strictly (TRUST S1). Nothing in it is verified yet. */
export interface Commit extends CommitLinks {
  readonly author: Identity;
  readonly committer: Identity;
  /** Null: unsigned. */
  readonly signature: CommitSignature | null;
  /** The bytes that the signature covers: the commit without its `gpgsig` header. */
  readonly payload: Uint8Array;
  /** As it stands after the headers, with its last newline. */
  readonly message: string;
}

/** What a commit points at. */
export interface CommitLinks {
  /** Id of the root tree. */
  readonly tree: string;
  /** In order. */
  readonly parents: readonly string[];
}

const treeLine = /^tree ([0-9a-f]{40})$/;
const parentLine = /^parent ([0-9a-f]{40})$/;
const identityText = /^([^<>\n ](?:[^<>\n]*[^<>\n ])?) <([^<>\n]*)> (0|[1-9][0-9]{0,14}) ([+-][0-9]{4})$/;

/**
 * Parses a commit that something is to be believed of. Takes exactly the headers `tree`, `parent` (any
 * number), `author`, `committer` and at most one `gpgsig`, in this order, in UTF-8 without NUL. Everything
 * else git allows (`encoding`, `mergetag`, `gpgsig-sha256`, a second signature, `HG:…`) could make mirror and
 * a person's git read two different things, and is refused.
 *
 * Throws `corrupt-object`, naming the header.
 */
export function parseCommit(raw: Uint8Array): Commit {
  if (raw.length > limits.commit) throw refused(`it has ${raw.length} bytes, more than ${limits.commit}`);
  if (!isUtf8(raw)) throw refused("it is not UTF-8");
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString("utf8");
  if (text.includes("\0")) throw refused("it has a NUL");
  const end = text.indexOf("\n\n");
  if (end < 0) throw refused("its headers have no end");
  const lines = text.slice(0, end).split("\n");
  const headers = new HeaderLines(lines);
  const tree = headers.take("tree", treeLine)[1] ?? "";
  const parents: string[] = [];
  while (headers.next() === "parent") parents.push(headers.take("parent", parentLine)[1] ?? "");
  const author = headers.identity("author");
  const committer = headers.identity("committer");
  const unsigned = headers.taken();
  const signature = headers.next() === "gpgsig" ? headers.signature() : null;
  headers.end();
  const payload = Buffer.from(`${unsigned.join("\n")}${text.slice(end)}`, "utf8");
  return { tree, parents, author, committer, signature, payload, message: text.slice(end + 2) };
}

/**
 * Reads only where a commit points to, whatever other headers it has: for walking history that mirror did not
 * make. Git reads parents the same way: those that follow the tree at once.
 *
 * Throws `corrupt-object` for bytes that do not begin as a commit does.
 */
export function parseCommitLinks(raw: Uint8Array): CommitLinks {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
  const tree = idAt(bytes, 0, "tree ");
  if (tree === null) throw refused("it does not begin with a `tree` header");
  const parents: string[] = [];
  let at = 46;
  for (let parent = idAt(bytes, at, "parent "); parent !== null; parent = idAt(bytes, at, "parent ")) {
    parents.push(parent);
    at += 48;
  }
  if (bytes.toString("latin1", at, at + 7) !== "author ")
    throw refused("no `author` header follows its parents");
  return { tree, parents };
}

/** What a commit says of itself, for people to read. Nothing is believed of it. */
export interface CommitWords {
  /** The first line of its message. */
  readonly subject: string;
  /** When it was committed, in seconds since 1970; 0 where that cannot be read. */
  readonly time: number;
}

/** Reads what a commit says of itself, whatever headers it has: mirror need not have made it. */
export function readCommitWords(raw: Uint8Array): CommitWords {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString("utf8");
  const end = text.indexOf("\n\n");
  const [headers, message] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 2)];
  const time = /^committer .*> ([0-9]{1,12}) [+-][0-9]{4}$/m.exec(headers)?.[1] ?? 0;
  return { subject: message.split("\n", 1)[0] ?? "", time: Number(time) };
}

function idAt(bytes: Buffer, at: number, key: string): string | null {
  const line = bytes.toString("latin1", at, at + key.length + 41);
  const id = line.slice(key.length, -1);
  return line.startsWith(key) && line.endsWith("\n") && /^[0-9a-f]{40}$/.test(id) ? id : null;
}

/** Header lines, taken one by one in the order that is expected. */
class HeaderLines {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** The name of the header that comes next; null at the end. */
  next(): string | null {
    return this.#lines[this.#at]?.split(" ", 1)[0] ?? null;
  }

  taken(): readonly string[] {
    return this.#lines.slice(0, this.#at);
  }

  take(name: string, form: RegExp): RegExpExecArray {
    const found = this.next();
    if (found !== name) throw refused(`expected header \`${name}\`, found ${named(found)}`);
    const match = form.exec(this.#lines[this.#at] ?? "");
    if (match === null) throw refused(`its \`${name}\` header is malformed`);
    this.#at += 1;
    return match;
  }

  identity(name: "author" | "committer"): Identity {
    const line = this.take(name, /^[a-z]+ (.*)$/)[1] ?? "";
    const match = identityText.exec(line);
    if (match === null) throw refused(`its \`${name}\` header is malformed`);
    return { name: match[1] ?? "", email: match[2] ?? "", time: Number(match[3]), zone: match[4] ?? "" };
  }

  signature(): CommitSignature {
    const first = this.take("gpgsig", /^gpgsig (.*)$/)[1] ?? "";
    const kind = signatureKinds.get(first);
    if (kind === undefined) throw refused(`its \`gpgsig\` header begins with ${named(first)}`);
    const armored = [first];
    for (let line = this.#lines[this.#at]; line?.startsWith(" "); line = this.#lines[this.#at]) {
      armored.push(line.slice(1));
      this.#at += 1;
    }
    return { kind, armored: `${armored.join("\n")}\n` };
  }

  end(): void {
    const found = this.next();
    if (found !== null) throw refused(`header ${named(found)} does not belong there`);
  }
}

const signatureKinds: ReadonlyMap<string, CommitSignature["kind"]> = new Map([
  ["-----BEGIN PGP SIGNATURE-----", "openpgp"],
  ["-----BEGIN SSH SIGNATURE-----", "ssh"],
]);

function named(header: string | null): string {
  return header === null ? "the end of the headers" : `\`${printable(header.slice(0, 60))}\``;
}

function refused(why: string): MirrorError {
  return new MirrorError("corrupt-object", `the commit cannot be believed: ${why}`);
}
