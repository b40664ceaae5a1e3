import { isMirrorError, MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";

/** Reads an object of a type. Throws `corrupt-object` for another type, and what the reader throws. */
export async function readAs(reader: ObjectReader, type: "commit" | "blob", id: string): Promise<Uint8Array> {
  const object = await reader.read(id);
  if (object.type === type) return object.data;
  throw new MirrorError("corrupt-object", `object \`${id}\` is a ${object.type}, expected a ${type}`);
}

/** Gives the error, instead of throwing it, where something that the ledger holds cannot be read. */
export async function readable<T>(read: () => Promise<T>): Promise<T | MirrorError> {
  try {
    return await read();
  } catch (error) {
    if (isUnreadable(error)) return error;
    throw error;
  }
}

/** Tells whether an error says that an object is missing, damaged, or not what it should be. */
export function isUnreadable(error: unknown): error is MirrorError {
  return isMirrorError(
    error,
    "missing-object",
    "corrupt-object",
    "shallow",
    "too-large",
    "ledger-corrupt",
    "invalid-policy-set",
  );
}
