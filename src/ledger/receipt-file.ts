import { isUtf8 } from "node:buffer";
import { canonicalJson, isCanonicalJson } from "../base/canonical-json.ts";
import { sha256Tag } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Receipt } from "../model/receipt.ts";
import { receiptShape } from "./receipt-shape.ts";

/** A receipt that was read, or what is wrong with its bytes. */
export type ReadReceipt =
  | { readonly receipt: Receipt; readonly problems: readonly [] }
  | { readonly receipt: null; readonly problems: readonly string[] };

/**
 * Writes a receipt as the ledger stores it: canonical JSON and a newline.
 *
 * Throws `malformed-payload` for a receipt that its own reader would refuse (text with a lone surrogate, an id
 * that is none), `too-large` past `limits.receipt`: nothing goes into the ledger that cannot be verified.
 */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const problems: string[] = [];
  receiptShape(receipt, "", problems);
  if (problems.length > 0) throw unwritable(problems[0] ?? "");
  let json: string;
  try {
    json = canonicalJson(receipt);
  } catch (error) {
    if (error instanceof TypeError) throw unwritable(error.message);
    throw error;
  }
  const bytes = Buffer.from(`${json}\n`, "utf8");
  if (bytes.length <= limits.receipt) return bytes;
  throw new MirrorError(
    "too-large",
    `a receipt of ${bytes.length} bytes, expected at most ${limits.receipt}`,
  );
}

/** Gives the digest by which a receipt file is named in trailers and in the `prev` of the next. */
export function receiptDigest(bytes: Uint8Array): string {
  return sha256Tag(bytes);
}

/**
 * Reads a receipt file strictly: version 1, a known kind, exactly the members of that kind, each of its type,
 * written exactly as `encodeReceipt` writes it. Never throws for what is in the bytes.
 */
export function readReceipt(bytes: Uint8Array): ReadReceipt {
  if (bytes.length > limits.receipt) return refused(`it has ${bytes.length} bytes`);
  if (!isUtf8(bytes)) return refused("it is not UTF-8");
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(file);
  } catch (error) {
    if (error instanceof SyntaxError) return refused("it is not JSON");
    throw error;
  }
  const problems: string[] = [];
  receiptShape(value, "", problems);
  if (problems.length > 0) return { receipt: null, problems };
  const receipt = value as Receipt;
  // Also finds a key that stands twice, and numbers and strings written another way.
  if (!file.endsWith("\n") || !isCanonicalJson(file.slice(0, -1), receipt))
    return refused("it is not canonical JSON with one newline at the end");
  return { receipt, problems: [] };
}

function refused(problem: string): ReadReceipt {
  return { receipt: null, problems: [problem] };
}

function unwritable(why: string): MirrorError {
  return new MirrorError("malformed-payload", `no receipt can be written of this: ${why}`);
}
