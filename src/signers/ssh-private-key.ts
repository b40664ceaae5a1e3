/**
 * Tells whether a private key file that ssh-keygen wrote is open to whoever can read it: its cipher is `none`
 * (OpenSSH's PROTOCOL.key), or it is in the older PEM form without encryption. False for anything else.
 */
export function isUnprotectedSshKey(file: Uint8Array): boolean {
  const text = Buffer.from(file).toString("latin1");
  const [, kind, body] = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([\s\S]*?)-----END/.exec(text) ?? [];
  if (kind === undefined || body === undefined) return false;
  if (kind !== "OPENSSH ") return !kind.startsWith("ENCRYPTED") && !body.includes("ENCRYPTED");
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  return bytes.toString("latin1", magic.length, magic.length + 8) === "\0\0\0\x04none";
}
