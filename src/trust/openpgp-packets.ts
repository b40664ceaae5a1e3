import type { MirrorError } from "../base/errors.ts";
import { ByteReader } from "./byte-reader.ts";

/** One OpenPGP packet (RFC 4880, section 4). */
export interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** One subpacket of a signature (section 5.2.3.1). */
export interface Subpacket {
  readonly type: number;
  readonly critical: boolean;
  readonly body: Uint8Array;
}

type Refuse = (why: string) => MirrorError;

/** Reads the one packet that `bytes` are. Partial and indeterminate lengths, and anything after it, are refused. */
export function readOnlyPacket(bytes: Uint8Array, refuse: Refuse): Packet {
  const reader = new ByteReader(bytes, refuse);
  const header = reader.number(1);
  if ((header & 0x80) === 0) throw refuse("it is no OpenPGP packet");
  const isNewFormat = (header & 0x40) !== 0;
  const tag = isNewFormat ? header & 0x3f : (header >> 2) & 0x0f;
  const length = isNewFormat ? newLength(reader, refuse) : oldLength(reader, header & 0x03, refuse);
  const body = reader.take(length);
  if (reader.left > 0) throw refuse("it holds more than one packet");
  return { tag, body };
}

/** Reads all subpackets of one area. */
export function readSubpackets(area: Uint8Array, refuse: Refuse): readonly Subpacket[] {
  const reader = new ByteReader(area, refuse);
  const subpackets: Subpacket[] = [];
  while (reader.left > 0) {
    const length = subpacketLength(reader);
    if (length === 0) throw refuse("a subpacket is empty");
    const type = reader.number(1);
    subpackets.push({ type: type & 0x7f, critical: (type & 0x80) !== 0, body: reader.take(length - 1) });
  }
  return subpackets;
}

/** Reads a multiprecision integer: big-endian, without leading zero bytes where the writer followed the rules. */
export function readInteger(reader: ByteReader): Uint8Array {
  return reader.take(Math.ceil(reader.number(2) / 8));
}

function newLength(reader: ByteReader, refuse: Refuse): number {
  const first = reader.number(1);
  if (first < 192) return first;
  if (first < 224) return (first - 192) * 256 + reader.number(1) + 192;
  if (first < 255) throw refuse("its length is partial");
  return reader.number(4);
}

function oldLength(reader: ByteReader, kind: number, refuse: Refuse): number {
  if (kind === 3) throw refuse("its length is indeterminate");
  return reader.number(kind === 0 ? 1 : kind === 1 ? 2 : 4);
}

// As a new-format packet length, but without partial ones: 224 to 254 are ordinary first bytes here.
function subpacketLength(reader: ByteReader): number {
  const first = reader.number(1);
  if (first < 192) return first;
  return first === 255 ? reader.number(4) : (first - 192) * 256 + reader.number(1) + 192;
}
