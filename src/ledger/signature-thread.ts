import type { KeyObject } from "node:crypto";
import { Worker } from "node:worker_threads";
import { type HashName, openSslSignature, type SignatureEquation } from "../trust/key-material.ts";

/** One equation on its way: hash, data, number of the key, signature. */
type Question = readonly [HashName | null, Uint8Array, number, Uint8Array];

// A string, and not a file: so it runs wherever this module does, from the source, the library and the one-file
// program alike. A whole batch is one message each way; a message costs as much as verifying a signature.
const program = `
const { verify } = require("node:crypto");
const { parentPort } = require("node:worker_threads");
const keys = [];
parentPort.on("message", ({ newKeys, questions }) => {
  keys.push(...newKeys);
  parentPort.postMessage(questions.map(([hash, data, key, signature]) =>
    verify(hash, data, { key: keys[key], dsaEncoding: "ieee-p1363" }, signature)));
});
`;

/**
 * Does the mathematics of many signatures on another core, while this one reads and checks the rest. Takes some
 * 20 ms to start.
 */
export class SignatureThread {
  readonly #worker = new Worker(program, { eval: true });
  readonly #keys = new Map<KeyObject, number>();
  #newKeys: KeyObject[] = [];
  #questions: Question[] = [];
  #asking: Waiting[] = [];
  /** The batches that were sent, in order, each with those who wait for it. */
  #sent: Waiting[][] = [];

  constructor() {
    this.#worker.unref();
    this.#worker.on("message", (answers: readonly boolean[]) => {
      for (const [index, { resolve }] of (this.#sent.shift() ?? []).entries())
        resolve(answers[index] === true);
      if (this.#sent.length === 0) this.#worker.unref();
    });
    this.#worker.on("error", (error) => this.#fail(error));
  }

  /** Tells whether an equation holds. Rejects only if the thread dies. */
  holds(equation: SignatureEquation): Promise<boolean> {
    const signature = openSslSignature(equation);
    if (signature === null) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      // A copy: sending a part of a buffer sends all of it.
      const data = new Uint8Array(equation.data);
      this.#questions.push([equation.hash, data, this.#numberOf(equation.material.key), signature]);
      this.#asking.push({ resolve, reject });
      if (this.#asking.length === 1) setImmediate(() => this.#send());
    });
  }

  /** Ends the thread; what is under way is never answered. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #numberOf(key: KeyObject): number {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    this.#newKeys.push(key);
    this.#keys.set(key, this.#keys.size);
    return this.#keys.size - 1;
  }

  #send(): void {
    this.#worker.ref();
    this.#worker.postMessage({ newKeys: this.#newKeys, questions: this.#questions });
    this.#sent.push(this.#asking);
    this.#newKeys = [];
    this.#questions = [];
    this.#asking = [];
  }

  #fail(error: Error): void {
    for (const { reject } of [...this.#sent.flat(), ...this.#asking]) reject(error);
    this.#sent = [];
    this.#asking = [];
  }
}

interface Waiting {
  readonly resolve: (holds: boolean) => void;
  readonly reject: (error: Error) => void;
}
