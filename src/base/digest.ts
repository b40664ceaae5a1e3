import { createHash, createHmac } from "node:crypto";

/** Gives the SHA-256 of the chunks, as 64 lower-case hex digits. Strings are hashed as UTF-8. */
export function sha256(...chunks: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Gives `sha256:<hex>`, the form every digest has in receipts, trailers and messages. */
export function sha256Tag(...chunks: readonly (string | Uint8Array)[]): string {
  return `sha256:${sha256(...chunks)}`;
}

/** Gives the SHA-1 git names an object by, as 40 lower-case hex digits. */
export function gitObjectId(type: string, content: Uint8Array): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}

/** Gives HMAC-SHA-256 under `key`, as 64 lower-case hex digits. */
export function hmacSha256(key: Uint8Array, ...chunks: readonly (string | Uint8Array)[]): string {
  const mac = createHmac("sha256", key);
  for (const chunk of chunks) mac.update(chunk);
  return mac.digest("hex");
}
