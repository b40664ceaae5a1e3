import { randomBytes } from "node:crypto";
import { MirrorError } from "../base/errors.ts";
import { findGit } from "../git/find-git.ts";
import { gitOutput, personEnvironment } from "../git/launch.ts";
import { openObjectReader } from "../git/objects.ts";
import { openRepository } from "../git/repository.ts";
import { makeGateKey } from "../signers/gate-key.ts";
import { newGateId, saveGateKey } from "./gate-keys.ts";
import { type GenesisCandidate, readGenesis } from "./genesis-candidates.ts";
import { type Environment, mirrorHome } from "./home.ts";
import { makeState } from "./make-state.ts";
import { findStates } from "./repository-record.ts";

/** Asks a person whether this root is to be trusted. Throws `declined` or `not-a-terminal`. */
export type ConfirmPin = (candidate: GenesisCandidate) => Promise<void>;

export interface Pinned {
  readonly genesis: string;
  readonly epoch: number;
  readonly gate: string;
  readonly notes: readonly string[];
}

/**
 * Trusts a policy history that was begun elsewhere: pins its genesis and makes a gate for this clone. The gate is
 * not enrolled by that: until a trust change names it, its receipts count for nobody else.
 *
 * Throws `no-genesis` for a commit that is none, and what `confirm` throws.
 */
export async function pinGenesis(
  directory: string,
  environment: Environment,
  genesis: string,
  confirm: ConfirmPin,
): Promise<Pinned> {
  const home = mirrorHome(environment);
  const git = findGit(environment["PATH"] ?? "");
  const repository = await openRepository(git, directory, personEnvironment(environment));
  const [standing] = findStates(home, repository.commonDir);
  if (standing !== undefined) {
    throw new MirrorError(
      "usage",
      `this repository is pinned already, to genesis ${standing.record.genesis}`,
      {
        hint: `to give that history up, remove ${standing.paths.directory}`,
      },
    );
  }
  const reader = openObjectReader(repository);
  try {
    const id = (
      await gitOutput(
        git,
        ["--git-dir", repository.gitDir, "rev-parse", "--verify", "--end-of-options", `${genesis}^{commit}`],
        {},
      )
    ).trim();
    const candidate = await readGenesis(reader, id);
    if (candidate === null) {
      throw new MirrorError(
        "no-genesis",
        `commit ${id} is no genesis: no trust signer of its own policy set signed it as one`,
        {
          hint: "run `mirror init` to see the commits that are",
        },
      );
    }
    await confirm(candidate);
    const kind = candidate.fingerprint.startsWith("SHA256:") ? "ssh" : "openpgp";
    const gate = newGateId(randomBytes(2));
    const key = makeGateKey(kind, gate, new Date());
    saveGateKey(home, gate, key);
    makeState({ home, environment, repository, gate, lineage: candidate.lineage, commit: id });
    const notes = [
      `the gate ${gate} is not enrolled in .mirror/trust.yaml yet: others cannot check its receipts until a trust change adds it`,
    ];
    return { genesis: id, epoch: candidate.lineage.epoch, gate, notes };
  } finally {
    reader.close();
  }
}
