import type { MirrorError } from "../base/errors.ts";
import type { ByteReader } from "./byte-reader.ts";

/** Reads an SSH string (RFC 4251, section 5) as bytes. */
export function readString(reader: ByteReader): Uint8Array {
  return reader.counted(4);
}

/** Reads an SSH string that is a name: printable ASCII, maybe empty. */
export function readName(reader: ByteReader, refuse: (why: string) => MirrorError): string {
  const name = Buffer.from(readString(reader)).toString("latin1");
  if (!/^[\x20-\x7e]*$/.test(name)) throw refuse("a name in it is not printable");
  return name;
}

/** Reads a positive SSH integer and gives it without its sign byte. The one shortest form is taken. */
export function readPositive(reader: ByteReader, refuse: (why: string) => MirrorError): Uint8Array {
  const bytes = readString(reader);
  const [first = 0, second = 0] = bytes;
  const isShortest = first !== 0 || second >= 0x80;
  if (bytes.length === 0 || first >= 0x80 || !isShortest) throw refuse("an integer in it is malformed");
  return first === 0 ? bytes.subarray(1) : bytes;
}

/** Writes an SSH string. */
export function sshString(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}
