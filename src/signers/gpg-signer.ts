import { MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { lastWords, type ProgramRoom, runProgram } from "./run-program.ts";
import type { CommitSigner } from "./signer.ts";

/**
 * Opens a key of the person's GnuPG keyring. `key` is what git would give to `gpg -u`: an id, a fingerprint, an
 * address. Throws `no-key` if there is no secret key of that name, `bad-key` if it cannot sign or there are several.
 */
export async function openGpgSigner(gpg: string, key: string, room: ProgramRoom): Promise<CommitSigner> {
  const { fingerprint, owner } = await findSecretKey(gpg, key, room);
  const exported = await runProgram(
    gpg,
    [
      "--batch",
      "--armor",
      "--no-emit-version",
      "--export-options",
      "export-minimal",
      "--export",
      fingerprint,
    ],
    room,
    null,
  );
  if (exported.code !== 0 || exported.stdout.length === 0) {
    throw new MirrorError(
      "bad-key",
      `gpg does not give out the public key ${fingerprint}: ${lastWords(exported)}`,
      { hint: `try: gpg --armor --export ${fingerprint}` },
    );
  }
  // `…!` names one subkey, and must stay so.
  const user = key.endsWith("!") ? key : fingerprint;
  return {
    kind: "openpgp",
    fingerprint,
    publicKey: { extension: ".asc", fingerprint, bytes: exported.stdout },
    description: `${printable(owner)} (gpg ${fingerprint})`,
    sign: (payload) => signWithGpg(gpg, user, room, payload),
  };
}

async function signWithGpg(
  gpg: string,
  user: string,
  room: ProgramRoom,
  payload: Uint8Array,
): Promise<string> {
  // SHA-1, which a person's gpg.conf may still prefer, would not be believed.
  const args = ["--status-fd=2", "--no-emit-version", "--digest-algo", "SHA512", "--armor", "--detach-sign"];
  const result = await runProgram(gpg, [...args, "--local-user", user], room, payload);
  const text = result.stdout.toString("utf8");
  if (
    result.code === 0 &&
    /^\[GNUPG:\] SIG_CREATED /m.test(result.stderr) &&
    text.includes("BEGIN PGP SIGNATURE")
  ) {
    return text;
  }
  throw new MirrorError(
    "signing-failed",
    `gpg did not sign with \`${user}\`: ${printable(lastWords(result))}`,
    {
      hint: "try `echo test | gpg --clearsign`; where it asks on no terminal, run: export GPG_TTY=$(tty)",
    },
  );
}

interface SecretKey {
  readonly fingerprint: string;
  readonly owner: string;
  /** Upper-case letters are what the key as a whole can do. */
  readonly abilities: string;
  readonly validity: string;
}

async function findSecretKey(gpg: string, key: string, room: ProgramRoom): Promise<SecretKey> {
  const listed = await runProgram(
    gpg,
    ["--batch", "--with-colons", "--list-secret-keys", "--", key],
    room,
    null,
  );
  const [found, ...others] = parseSecretKeys(listed.stdout.toString("utf8"));
  if (found === undefined) {
    throw new MirrorError(
      "no-key",
      `gpg has no secret key \`${key}\`, which your global git set-up signs with`,
      {
        hint: "set `git config --global user.signingkey` to a key that `gpg --list-secret-keys` shows",
      },
    );
  }
  if (others.length > 0) {
    throw new MirrorError(
      "bad-key",
      `gpg has ${others.length + 1} secret keys for \`${key}\`, expected one`,
      {
        hint: "set `git config --global user.signingkey` to a full fingerprint",
      },
    );
  }
  const trouble = troubleWith(found);
  if (trouble === null) return found;
  throw new MirrorError("bad-key", `the key ${found.fingerprint} ${trouble}, expected one that can sign`, {
    hint: "set `git config --global user.signingkey` to another key, or renew this one",
  });
}

function troubleWith(key: SecretKey): string | null {
  if (key.validity === "r") return "is revoked";
  if (key.validity === "e") return "has expired";
  if (key.validity === "d") return "is disabled";
  return key.abilities.includes("S") ? null : "cannot sign";
}

/** Reads gpg's listing (its doc/DETAILS): `sec` begins a key, the first `fpr` and `uid` after it are its own. */
function parseSecretKeys(listing: string): SecretKey[] {
  const keys: SecretKey[] = [];
  for (const block of listing.split(/^(?=sec:)/m)) {
    const lines = block.split("\n").map((line) => line.split(":"));
    const of = (type: string): string[] | undefined => lines.find((fields) => fields[0] === type);
    const [sec, fpr, uid] = [of("sec"), of("fpr"), of("uid")];
    if (sec === undefined || fpr?.[9] === undefined) continue;
    keys.push({
      fingerprint: fpr[9],
      owner: uid?.[9] ?? "",
      abilities: sec[11] ?? "",
      validity: sec[1] ?? "",
    });
  }
  return keys;
}
