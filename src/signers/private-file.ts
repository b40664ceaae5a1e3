import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { MirrorError, systemErrorCode } from "../base/errors.ts";

/** The largest file that is taken for a key, in bytes. */
const largest = 65_536;

/**
 * Reads a file that only the user may read. Throws `no-key` if it is not there, `bad-key` if it is a link, no
 * plain file, somebody else's, or open to the group or others.
 */
export function readPrivateFile(path: string): Buffer {
  const descriptor = open(path);
  try {
    const found = fstatSync(descriptor);
    const { uid, mode, size } = found;
    if (!found.isFile()) throw refusal(path, "is no plain file");
    if (uid !== userInfo().uid) throw refusal(path, `belongs to user ${uid}`);
    if ((mode & 0o077) !== 0) throw refusal(path, `is open to others (mode ${(mode & 0o777).toString(8)})`);
    if (size > largest) throw refusal(path, `has ${size} bytes, more than a key has`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    // Not through a link, and not waiting for a named pipe's other end.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === "ENOENT") {
      throw new MirrorError("no-key", `there is no key file \`${path}\``, {
        cause,
        hint: "put it back from a backup",
      });
    }
    if (code === "ELOOP" || code === "EMLINK") throw refusal(path, "is a symbolic link");
    if (code === "EACCES") throw refusal(path, "cannot be read by this user");
    throw cause;
  }
}

function refusal(path: string, what: string): MirrorError {
  return new MirrorError(
    "bad-key",
    `the key file \`${path}\` ${what}, expected the user's own with mode 600`,
    {
      data: { path },
      hint: `look who changed it; if it was you, run: chmod 600 '${path}'`,
    },
  );
}
