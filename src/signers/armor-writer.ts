import type { ArmorLabel } from "../trust/armor.ts";

/** Writes an OpenPGP block (RFC 4880, section 6.2), with its checksum. */
export function openPgpArmor(label: Exclude<ArmorLabel, "SSH SIGNATURE">, bytes: Uint8Array): string {
  const checksum = Buffer.from(crc24(bytes)).toString("base64");
  return `-----BEGIN ${label}-----\n\n${wrapped(bytes, 64)}=${checksum}\n-----END ${label}-----\n`;
}

/** Writes an SSH signature as ssh-keygen does. */
export function sshArmor(bytes: Uint8Array): string {
  return `-----BEGIN SSH SIGNATURE-----\n${wrapped(bytes, 70)}-----END SSH SIGNATURE-----\n`;
}

function wrapped(bytes: Uint8Array, width: number): string {
  const text = Buffer.from(bytes).toString("base64");
  let lines = "";
  for (let at = 0; at < text.length; at += width) lines += `${text.slice(at, at + width)}\n`;
  return lines;
}

function crc24(bytes: Uint8Array): number[] {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return [(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff];
}
