import type { IncomingMessage } from "node:http";
import { systemErrorCode } from "../base/errors.ts";

/** A body, whole; or why there is none: it is too large, there is no room for it now, or its sender left. */
export type RequestBody = { readonly body: Buffer } | { readonly none: "too-large" | "no-room" | "left" };

/** Reads a body of at most so many bytes. `makeRoom` is told of each piece before it is kept. */
export async function readRequestBody(
  request: IncomingMessage,
  most: number,
  makeRoom: (bytes: number) => boolean,
): Promise<RequestBody> {
  if (Number(request.headers["content-length"] ?? 0) > most) return { none: "too-large" };
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Whoever sends too much is told so, on the connection that this would otherwise end.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > most) return { none: "too-large" };
      if (!makeRoom(chunk.length)) return { none: "no-room" };
      chunks.push(chunk);
    }
  } catch (error) {
    if (systemErrorCode(error) === null) throw error;
    return { none: "left" };
  }
  return { body: Buffer.concat(chunks) };
}
