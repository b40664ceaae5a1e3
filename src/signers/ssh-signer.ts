import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { lastWords, type ProgramRoom, runProgram } from "./run-program.ts";
import type { CommitSigner } from "./signer.ts";
import { sshFingerprint } from "./ssh-format.ts";

/**
 * Opens the person's SSH key. `key` is git's `user.signingkey`: the path of a private or public key file, or a
 * public key itself (`key::ssh-…`, `ssh-…`), whose private part an agent holds. Throws `no-key` or `bad-key`.
 */
export async function openSshSigner(keygen: string, key: string, room: ProgramRoom): Promise<CommitSigner> {
  const literal = literalKey(key);
  const path = literal === null ? keyPath(key, room) : null;
  const line = literal ?? (await publicLine(keygen, path ?? "", room));
  const { text, fingerprint } = parsePublicLine(line, path);
  return {
    kind: "ssh",
    fingerprint,
    publicKey: { extension: ".pub", fingerprint, bytes: Buffer.from(`${text}\n`) },
    description: `SSH key ${fingerprint}${path === null ? " of the agent" : ` (${printable(path)})`}`,
    sign: (payload) =>
      path === null
        ? signWithAgent(keygen, text, room, payload)
        : signWithFile(keygen, [path], room, payload),
  };
}

function literalKey(key: string): string | null {
  if (key.startsWith("key::")) return key.slice("key::".length);
  return /^(ssh|ecdsa|sk)-\S+ /.test(key) ? key : null;
}

function keyPath(key: string, room: ProgramRoom): string {
  const home = room.environment["HOME"];
  if (key.startsWith("~/") && home !== undefined) return join(home, key.slice(2));
  if (key.startsWith("/")) return key;
  // Git would take it from the directory it runs in: the repository, where an agent may write.
  throw new MirrorError(
    "bad-key",
    `\`user.signingkey\` is \`${printable(key)}\`, expected an absolute path`,
    {
      hint: "set `git config --global user.signingkey` to an absolute path or one that begins with `~/`",
    },
  );
}

const setToAKey = "set `git config --global user.signingkey` to the key you sign with";

async function publicLine(keygen: string, path: string, room: ProgramRoom): Promise<string> {
  const text = readKeyFile(path);
  if (text === null) {
    throw new MirrorError(
      "no-key",
      `there is no key file \`${path}\`, which your global git set-up signs with`,
      {
        hint: setToAKey,
      },
    );
  }
  if (!text.includes("PRIVATE KEY")) return text;
  const beside = readKeyFile(`${path}.pub`);
  if (beside !== null) return beside;
  const derived = await runProgram(keygen, ["-y", "-f", path], room, null);
  if (derived.code === 0) return derived.stdout.toString("utf8");
  throw new MirrorError("bad-key", `ssh-keygen does not read \`${path}\`: ${printable(lastWords(derived))}`, {
    hint: `put its public key beside it, as ${path}.pub, or ${setToAKey}`,
  });
}

function readKeyFile(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new MirrorError("bad-key", `the key file \`${path}\` cannot be read (${code})`, {
      cause: error,
      hint: `see that it is a file and yours to read, or ${setToAKey}`,
    });
  }
}

/** Takes the type and the key of a public key's line, without its comment, which may name a machine. */
function parsePublicLine(line: string, path: string | null): { text: string; fingerprint: string } {
  const [type, base64] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64 ?? "", "base64");
  const named = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1") : "";
  if (type === undefined || named !== type) {
    const which = path === null ? "your SSH signing key" : `your SSH signing key \`${path}\``;
    throw new MirrorError("bad-key", `${which} is no public key as ssh-keygen writes it`, {
      hint: setToAKey,
    });
  }
  return { text: `${type} ${blob.toString("base64")}`, fingerprint: sshFingerprint(blob) };
}

/** ssh-keygen takes the public key only from a file. */
async function signWithAgent(
  keygen: string,
  line: string,
  room: ProgramRoom,
  payload: Uint8Array,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "mirror-sign-"));
  try {
    const file = join(directory, "key.pub");
    writeFileSync(file, `${line}\n`, { mode: 0o600 });
    return await signWithFile(keygen, [file, "-U"], room, payload);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function signWithFile(
  keygen: string,
  key: readonly string[],
  room: ProgramRoom,
  payload: Uint8Array,
): Promise<string> {
  const result = await runProgram(keygen, ["-Y", "sign", "-n", "git", "-f", ...key], room, payload);
  const text = result.stdout.toString("utf8");
  if (result.code === 0 && text.startsWith("-----BEGIN SSH SIGNATURE-----\n")) return text;
  throw new MirrorError("signing-failed", `ssh-keygen did not sign: ${printable(lastWords(result))}`, {
    hint: "see that the key is in your agent (`ssh-add -l`), or that you know its passphrase",
  });
}
