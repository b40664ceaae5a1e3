import { MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";

/** One answer of `git cat-file --batch`. */
export type BatchReply =
  /** `data` is a copy of its own. */
  | { readonly kind: "object"; readonly id: string; readonly type: string; readonly data: Uint8Array }
  | { readonly kind: "missing"; readonly id: string }
  /** Larger than the limit. Its bytes follow: the stream cannot be read on. */
  | { readonly kind: "too-large"; readonly id: string; readonly size: number };

interface Body {
  readonly id: string;
  readonly type: string;
  readonly data: Uint8Array;
  filled: number;
}

const longestHeader = 200;
const lineFeed = 0x0a;
const nothing: Buffer = Buffer.alloc(0);

/** Takes the output of `git cat-file --batch` apart, in whatever pieces it comes. */
export class BatchStream {
  readonly #limit: number;
  readonly #room: (size: number) => Uint8Array;
  #header = nothing;
  #body: Body | null = null;

  /** `limit`: bytes of one object. `room`: makes the bytes that an object is copied into. */
  constructor(limit: number, room = (size: number): Uint8Array => new Uint8Array(size)) {
    this.#limit = limit;
    this.#room = room;
  }

  /** Gives the answers that this piece completes. Throws `git-failed` if it is not what git writes. */
  push(piece: Buffer): BatchReply[] {
    const replies: BatchReply[] = [];
    let position = 0;
    while (position < piece.length) {
      if (this.#body === null) {
        const end = piece.indexOf(lineFeed, position);
        this.#keepHeader(piece.subarray(position, end === -1 ? piece.length : end));
        if (end === -1) break;
        position = end + 1;
        const reply = this.#takeHeader();
        if (reply !== null) replies.push(reply);
        if (reply?.kind === "too-large") break;
      } else {
        position += this.#fill(this.#body, piece.subarray(position));
        const reply = this.#takeBody(this.#body);
        if (reply !== null) replies.push(reply);
      }
    }
    return replies;
  }

  #keepHeader(part: Buffer): void {
    this.#header = this.#header.length === 0 ? part : Buffer.concat([this.#header, part]);
    if (this.#header.length > longestHeader) throw garbled(this.#header);
  }

  #takeHeader(): BatchReply | null {
    const text = this.#header.toString("latin1");
    const match = /^([0-9a-f]{40}) (?:missing|([a-z]+) (\d{1,15}))$/.exec(text);
    const id = match?.[1];
    if (match === null || id === undefined) throw garbled(this.#header);
    this.#header = nothing;
    const type = match[2];
    if (type === undefined) return { kind: "missing", id };
    const size = Number(match[3]);
    if (size > this.#limit) return { kind: "too-large", id, size };
    this.#body = { id, type, data: this.#room(size), filled: 0 };
    return null;
  }

  /** Copies what belongs to the body, and counts the line feed after it; gives the number of bytes used. */
  #fill(body: Body, part: Buffer): number {
    const wanted = body.data.length - body.filled;
    body.data.set(part.subarray(0, wanted), body.filled);
    const copied = Math.min(wanted, part.length);
    body.filled += copied;
    if (copied === part.length) return copied;
    if (part[copied] !== lineFeed) throw garbled(part.subarray(copied, copied + longestHeader));
    body.filled += 1;
    return copied + 1;
  }

  #takeBody(body: Body): BatchReply | null {
    if (body.filled <= body.data.length) return null;
    this.#body = null;
    return { kind: "object", id: body.id, type: body.type, data: body.data };
  }
}

function garbled(bytes: Buffer): MirrorError {
  const text = printable(bytes.toString("latin1").slice(0, 60));
  return new MirrorError("git-failed", `git cat-file answered \`${text}\`, expected an object's header`);
}
