const idLength = 20;

/** Commit ids, last in, first out, in 20 bytes each: a list of a million costs no more than 32 MB. */
export class CommitStack {
  #bytes = Buffer.alloc(idLength * 1_024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(id: string): void {
    if ((this.#size + 1) * idLength > this.#bytes.length) {
      const larger = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.write(id, this.#size * idLength, idLength, "hex");
    this.#size += 1;
  }

  pop(): string | null {
    if (this.#size === 0) return null;
    this.#size -= 1;
    return this.#bytes.toString("hex", this.#size * idLength, (this.#size + 1) * idLength);
  }
}
