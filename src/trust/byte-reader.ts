import type { MirrorError } from "../base/errors.ts";

/** Reads a binary format front to back; a read past the end is an error. UNTRUSTED: the bytes came from outside. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #refuse: (why: string) => MirrorError;
  #at = 0;

  /** `refuse` makes the error that is thrown for bytes that do not fit. */
  constructor(bytes: Uint8Array, refuse: (why: string) => MirrorError) {
    this.#bytes = bytes;
    this.#refuse = refuse;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** How many bytes were read. */
  get at(): number {
    return this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw this.#refuse(`${length} bytes expected, ${this.left} left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Reads a big-endian unsigned integer of 1 to 4 bytes. */
  number(length: 1 | 2 | 4): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Reads a run of bytes with its length before it, in `length` bytes. */
  counted(length: 1 | 2 | 4): Uint8Array {
    return this.take(this.number(length));
  }

  end(): void {
    if (this.left > 0) throw this.#refuse(`${this.left} bytes too many`);
  }
}
