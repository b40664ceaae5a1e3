import type { MirrorError } from "../base/errors.ts";

/** The kinds of armored block that mirror reads. */
export type ArmorLabel = "PGP SIGNATURE" | "PGP PUBLIC KEY BLOCK" | "SSH SIGNATURE";

const headerLine = /^[A-Za-z][A-Za-z0-9-]*: [\x20-\x7e]{0,200}$/;

/**
 * Gives the bytes of one armored block. The text is exactly that block and newlines after it: a second block,
 * text before or after, wrong padding or a wrong checksum throws what `refuse` makes.
 */
export function readArmor(text: string, label: ArmorLabel, refuse: (why: string) => MirrorError): Uint8Array {
  const lines = text.replace(/\n*$/, "").split("\n");
  if (lines.shift() !== `-----BEGIN ${label}-----`) throw refuse(`it does not begin as a ${label} does`);
  if (lines.pop() !== `-----END ${label}-----`) throw refuse(`it does not end as a ${label} does`);
  if (label === "SSH SIGNATURE") return readBase64(lines, refuse);
  const blank = lines.indexOf("");
  if (blank < 0 || !lines.slice(0, blank).every((line) => headerLine.test(line))) {
    throw refuse("its armor headers are malformed");
  }
  const body = lines.slice(blank + 1);
  const checksum = body.at(-1)?.startsWith("=") === true ? body.pop() : null;
  const bytes = readBase64(body, refuse);
  if (checksum !== null && checksum !== `=${crc24(bytes).toString("base64")}`) {
    throw refuse("its armor checksum is wrong");
  }
  return bytes;
}

// Node's decoder skips what it does not know: only text that it would write itself is taken.
function readBase64(lines: readonly string[], refuse: (why: string) => MirrorError): Uint8Array {
  const text = lines.join("");
  const bytes = Buffer.from(text, "base64");
  if (text === "" || bytes.toString("base64") !== text) throw refuse("its base64 is malformed");
  return bytes;
}

/** The checksum of OpenPGP's armor (RFC 4880, section 6.1), three bytes. */
function crc24(bytes: Uint8Array): Buffer {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]);
}
