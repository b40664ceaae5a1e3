import { MirrorError } from "../base/errors.ts";
import type { Git } from "../git/launch.ts";
import { openGpgSigner } from "./gpg-signer.ts";
import { findProgram, type ProgramRoom } from "./run-program.ts";
import type { CommitSigner } from "./signer.ts";
import { type GitSetting, readSigningSettings, type SigningSettings } from "./signing-settings.ts";
import { openSshSigner } from "./ssh-signer.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the key that the person's global git configuration signs with (OpenPGP or SSH). Null if it names none.
 * What the repository's own configuration says about signing is not used.
 *
 * `directory`: the repository, where the person's `includeIf` may say which key they use, and where no program
 * is run from; null for none. Throws `no-key` and `bad-key` for a set-up that does not work, and for X.509.
 */
export async function findOwnerSigner(
  git: Git,
  environment: Environment,
  directory: string | null = null,
): Promise<CommitSigner | null> {
  const settings = await readSigningSettings(git, environment, directory);
  const room: ProgramRoom = { environment, keepOut: directory };
  switch (settings.format) {
    case "openpgp":
      return await openPgp(settings, room);
    case "ssh":
      return await ssh(settings, room);
    default:
      throw new MirrorError(
        "bad-key",
        `your global git set-up signs with \`${settings.format}\` (gpg.format), expected openpgp or ssh`,
        {
          hint: "mirror verifies no X.509 signatures; set gpg.format and user.signingkey to an OpenPGP or SSH key",
        },
      );
  }
}

/** Gives the signing settings of the repository in `directory`, none of which mirror uses. */
export async function ignoredLocalSettings(
  git: Git,
  environment: Environment,
  directory: string,
): Promise<readonly GitSetting[]> {
  return (await readSigningSettings(git, environment, directory)).ignored;
}

async function openPgp(settings: SigningSettings, room: ProgramRoom): Promise<CommitSigner | null> {
  const key = settings.key ?? ownAddress(settings);
  if (key === null) return null;
  const gpg = findProgram(settings.gpgProgram ?? "gpg", "gpg.program", room);
  return await openGpgSigner(gpg, key, room);
}

/** Whoever signs every commit without naming a key signs, as git does, with the one of their address. */
function ownAddress(settings: SigningSettings): string | null {
  return settings.signsCommits && settings.email !== null ? `<${settings.email}>` : null;
}

async function ssh(settings: SigningSettings, room: ProgramRoom): Promise<CommitSigner | null> {
  if (settings.key === null) {
    if (!settings.signsCommits) return null;
    throw new MirrorError("no-key", "your global git set-up signs with ssh, and names no `user.signingkey`", {
      hint: "set `git config --global user.signingkey` to your public key's path",
    });
  }
  const keygen = findProgram(settings.sshProgram ?? "ssh-keygen", "gpg.ssh.program", room);
  return await openSshSigner(keygen, settings.key, room);
}
