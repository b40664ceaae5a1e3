import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { openOwnerKey } from "../../signers/owner-key.ts";
import { ignoredLocalSettings } from "../../signers/owner-signer.ts";
import { readPrivateFile } from "../../signers/private-file.ts";
import { readSigningSettings } from "../../signers/signing-settings.ts";
import { isUnprotectedSshKey } from "../../signers/ssh-private-key.ts";
import { openKeyring } from "../../trust/keyring.ts";
import { gateKey, openGateKey } from "../gate-keys.ts";
import type { OpenState } from "../open-state.ts";
import { ownerKeyFile } from "../owner.ts";
import type { Where } from "../where.ts";
import { commandIn, type Findings, shellPath } from "./finding.ts";

/** Looks at the gate's key: there, the user's own, a pair, and the one that trust.yaml names. */
export async function checkGateKey(
  state: OpenState,
  approved: ApprovedPolicy | null,
  findings: Findings,
): Promise<void> {
  const { home, record } = state;
  const why = "no receipt can be signed, so every call is refused";
  const opened = await findings.attempt("keys", why, () => openGateKey(home, record.gate, Date.now));
  if (opened === null || approved === null) return;
  await findings.attempt("keys", "receipts of this gate cannot be checked", async () => {
    const { gates } = await openKeyring(approved.set.trust, approved.files);
    const enrolled = gates.get(record.gate);
    const own = await gateKey(home, record.gate);
    if (enrolled === undefined) {
      const found = `the gate ${record.gate} is not enrolled in .mirror/trust.yaml`;
      const mend = "mirror gate request";
      if (approved.set.config.unenrolled === "deny") {
        findings.problem("keys", { found, why: "mirror.yaml says that it denies every call then", mend });
      } else {
        const why = "others cannot check its receipts: they count as unknown";
        findings.warning("keys", { found, why, mend });
      }
    } else if (enrolled.fingerprint !== own.fingerprint) {
      findings.problem("keys", {
        found: `the gate's key is ${own.fingerprint}, but trust.yaml names ${enrolled.fingerprint} for ${record.gate}`,
        why: "the receipts it signs do not verify",
        mend: `ls -l ${shellPath(join(home, "keys"))}   # put the right ${record.gate}.pem back from a backup`,
      });
    }
  });
}

/** Looks at the keys that approve policy: whoever can use one unasked can approve in the person's name. */
export async function checkOwnerKey(state: OpenState, where: Where, findings: Findings): Promise<void> {
  const { home, repository } = state;
  const why = "any program that runs as you can approve a policy change with it";
  const file = ownerKeyFile(home);
  if (existsSync(file)) {
    await findings.attempt("keys", "policy changes cannot be approved with it", async () => {
      const key = await openOwnerKey(readPrivateFile(file).toString("utf8"), async () => null);
      if (key.hasPassphrase) return;
      const path = shellPath(file);
      const { fingerprint } = key;
      const mend = `gpg --import ${path} && gpg --passwd ${fingerprint} && gpg --armor --yes --output ${path} --export-secret-keys ${fingerprint}`;
      findings.warning("keys", { found: `the owner key ${file} has no passphrase`, why, mend });
    });
  }
  await findings.attempt("keys", "your git's signing set-up cannot be read", async () => {
    const settings = await readSigningSettings(repository.git, where.environment, repository.workTree);
    const ssh = settings.format === "ssh" && settings.key !== null ? sshKeyFile(settings.key, where) : null;
    if (ssh === null || !isUnprotectedSshKey(readFileSync(ssh))) return;
    findings.warning("keys", {
      found: `the owner key ${ssh} has no passphrase`,
      why,
      mend: `ssh-keygen -p -f ${shellPath(ssh)}`,
    });
  });
}

/** Gives the private half's file of a signing key; null where it lies elsewhere (an agent, a token). */
function sshKeyFile(setting: string, { environment }: Where): string | null {
  const home = environment["HOME"] ?? homedir();
  const path = setting.replace(/^~(?=\/)/, home).replace(/\.pub$/, "");
  return path.startsWith("/") && existsSync(path) ? path : null;
}

/** Names signing settings of the repository itself: they look as if they counted. */
export async function checkSigningSettings(
  state: OpenState,
  where: Where,
  findings: Findings,
): Promise<void> {
  const { git, workTree } = state.repository;
  await findings.attempt("keys", "your git's signing set-up cannot be read", async () => {
    for (const { key } of await ignoredLocalSettings(git, where.environment, workTree)) {
      findings.warning("keys", {
        found: `${key} in this repository's git configuration is not used for signing policy`,
        why: "an agent could write it there; mirror takes it from your global configuration only",
        mend: commandIn(`run \`git config --local --unset-all ${key}\``),
      });
    }
  });
}
