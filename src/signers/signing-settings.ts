import { type Git, gitOutput } from "../git/launch.ts";

/** A setting of git, and whose it is. */
export interface GitSetting {
  /** As git lists it: section and name in lower case. */
  readonly key: string;
  readonly value: string;
}

/** How a person's global git set-up signs. */
export interface SigningSettings {
  /** `gpg.format`: `openpgp` where it is not set. */
  readonly format: string;
  /** `user.signingkey`. */
  readonly key: string | null;
  readonly email: string | null;
  /** `commit.gpgsign`: commits are signed without being asked to. */
  readonly signsCommits: boolean;
  /** `gpg.program` or `gpg.openpgp.program`. */
  readonly gpgProgram: string | null;
  /** `gpg.ssh.program`. */
  readonly sshProgram: string | null;
  /** Signing settings of the repository itself. They are not used: an agent can write them (TRUST T4). */
  readonly ignored: readonly GitSetting[];
}

const isSigningKey = (key: string): boolean => key === "user.signingkey" || key.startsWith("gpg.");

/**
 * Reads the signing settings of the person's global configuration, as git merges it for `directory` (`includeIf`
 * counts); null: as it is anywhere. The system's configuration is left out.
 */
export async function readSigningSettings(
  git: Git,
  environment: Readonly<Record<string, string | undefined>>,
  directory: string | null,
): Promise<SigningSettings> {
  const run = { environment, ...(directory === null ? {} : { cwd: directory }) };
  const text = await gitOutput(git, ["config", "--list", "--includes", "--null", "--show-scope"], run);
  const global = new Map<string, string>();
  const ignored: GitSetting[] = [];
  for (const { scope, key, value } of entries(text)) {
    if (scope === "global") global.set(key, value);
    else if ((scope === "local" || scope === "worktree") && isSigningKey(key)) ignored.push({ key, value });
  }
  const filled = (key: string): string | null => global.get(key) || null;
  return {
    format: filled("gpg.format") ?? "openpgp",
    key: filled("user.signingkey"),
    email: filled("user.email"),
    signsCommits: /^(true|yes|on|1)$/i.test(global.get("commit.gpgsign") ?? ""),
    gpgProgram: filled("gpg.openpgp.program") ?? filled("gpg.program"),
    sshProgram: filled("gpg.ssh.program"),
    ignored,
  };
}

/** With `--null --show-scope` each setting is two fields: the scope, then key, newline and value. */
function* entries(text: string): Generator<{ scope: string; key: string; value: string }> {
  const fields = text.split("\0");
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const setting = fields[at + 1] ?? "";
    const end = setting.indexOf("\n");
    // A name without `=` is true.
    const key = end < 0 ? setting : setting.slice(0, end);
    yield { scope: fields[at] ?? "", key, value: end < 0 ? "true" : setting.slice(end + 1) };
  }
}
