import { MirrorError } from "../base/errors.ts";
import { findGit } from "../git/find-git.ts";
import { personEnvironment, runGit } from "../git/launch.ts";
import { openObjectReader } from "../git/objects.ts";
import { openRepository, type Repository } from "../git/repository.ts";
import { judgeGenesis } from "./genesis-candidates.ts";
import { mirrorHome } from "./home.ts";
import { type ConfirmPin, chooseCandidate, type Joined, joinRepository } from "./join.ts";
import { findStates } from "./repository-record.ts";
import type { Where } from "./where.ts";

/**
 * Trusts the genesis a person names, on whatever branch or none it lies; else as `mirror init` in a clone.
 *
 * Throws `no-genesis` for a commit that is none, `declined` for one that another key signed.
 */
export async function pinGenesis(
  where: Where,
  genesis: string,
  fingerprint: string | null,
  confirm: ConfirmPin,
): Promise<Joined> {
  const { directory, environment } = where;
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
    const id = await commitId(repository, genesis);
    const candidate = await judgeGenesis(reader, id);
    if (typeof candidate === "string") {
      throw new MirrorError(
        "no-genesis",
        `commit ${id} is no genesis, which a trust signer of its own policy set signs as one: ${candidate}`,
        {
          hint: "run `mirror init` to see the commits that are",
        },
      );
    }
    chooseCandidate([candidate], { genesis: id, fingerprint });
    return await joinRepository({ home, environment, repository, reader }, candidate, confirm);
  } finally {
    reader.close();
  }
}

/** Gives the id of the commit that a person names. Throws `no-genesis`. */
export async function commitId(repository: Repository, name: string): Promise<string> {
  const parse = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, stdout } = await runGit(repository.git, ["--git-dir", repository.gitDir, ...parse], {});
  if (code === 0) return stdout.toString("latin1").trim();
  throw new MirrorError("no-genesis", `\`${name}\` is no commit here`, {
    hint: "run `mirror init` to see the commits that could be the genesis",
  });
}
