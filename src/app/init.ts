import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { MirrorError } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import { findRecentGit } from "../git/find-git.ts";
import { personEnvironment } from "../git/launch.ts";
import { isShallow, type ObjectReader, openObjectReader } from "../git/objects.ts";
import { readHead } from "../git/refs.ts";
import { openRepository, type Repository } from "../git/repository.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { Lineage } from "../model/lineage.ts";
import type { PolicySet, PolicySetFiles } from "../model/policy-set.ts";
import { shortRolesText } from "../model/wanted-signers.ts";
import { commitGenesis } from "../policy-store/commits.ts";
import { makeGateKey } from "../signers/gate-key.ts";
import { firstTrust } from "./first-trust.ts";
import { newGateId, saveGateKey } from "./gate-keys.ts";
import { carriesTrust, findGenesisCandidates, type GenesisCandidate } from "./genesis-candidates.ts";
import { type GenesisView, viewGenesis } from "./genesis-view.ts";
import { type Environment, mirrorHome } from "./home.ts";
import { type PersonIdentity, personIdentity } from "./identity.ts";
import { type ConfirmPin, chooseCandidate, type Joined, joinRepository, type Place } from "./join.ts";
import { makeState } from "./make-state.ts";
import { findOwner, makeOwner, type OwnerKey, type Prompts } from "./owner.ts";
import { pinAt } from "./pin-from-ledger.ts";
import { findStates, type RepositoryRecord } from "./repository-record.ts";
import { readPolicyDirectory, readTemplate, type Template, type TemplateName } from "./templates.ts";
import { commitId } from "./trust-pin.ts";

export interface InitOptions {
  readonly directory: string;
  readonly environment: Environment;
  /** Without `refs/heads/`; null: the branch that is checked out, or `mirror/main` where none is. */
  readonly policyBranch: string | null;
  /** What to begin with; null: what stands in the work tree, else `solo`. */
  readonly template: TemplateName | null;
  readonly noPassphrase: boolean;
  readonly prompts: Prompts;
  /** In a clone: the genesis commit to trust; null: the only one there is. */
  readonly genesis: string | null;
  /** In a clone: the owner's key, as they told it; null: the person is asked. */
  readonly fingerprint: string | null;
  /** Asks whether a genesis is to be trusted, or says that `fingerprint` names it. Null where nobody is there to ask. */
  readonly confirm: ConfirmPin | null;
}

/** What `mirror init` found or did. */
export type InitResult =
  | {
      readonly outcome: "initialised";
      readonly lineage: Lineage;
      /** Without `refs/heads/`. */
      readonly branch: string;
      readonly isCheckedOut: boolean;
      readonly person: PersonIdentity;
      readonly owner: OwnerKey;
      readonly gate: string;
      /** Null: the first policy set was already in the work tree. */
      readonly template: TemplateName | null;
      /** Which roles are to have more signers than the one who begins, in words. */
      readonly shortRoles: string | null;
      readonly stateDirectory: string;
    }
  | { readonly outcome: "already"; readonly record: RepositoryRecord; readonly stateDirectory: string }
  | ({ readonly outcome: "joined" } & Joined)
  | {
      readonly outcome: "begun-elsewhere";
      readonly candidates: readonly GenesisCandidate[];
      /** What the one that was named leads to; null where several are left to choose from. */
      readonly view: GenesisView | null;
    };

/**
 * Starts governing a repository: finds or makes the owner's key, makes the gate's, and records the first policy
 * set as one signed commit that holds nothing else. In a clone of a governed repository it trusts the genesis that is
 * there, on a person's word. A second run changes nothing.
 */
export async function initialise(options: InitOptions): Promise<InitResult> {
  const home = mirrorHome(options.environment);
  const git = findRecentGit(options.environment["PATH"] ?? "");
  const repository = await openRepository(git, options.directory, personEnvironment(options.environment));
  const [standing] = findStates(home, repository.commonDir);
  if (standing !== undefined) {
    if (options.template !== null) throw templateComesLate("this repository is governed already");
    return { outcome: "already", record: standing.record, stateDirectory: standing.paths.directory };
  }
  const reader = openObjectReader(repository);
  try {
    const candidates = await findGenesisCandidates(repository, reader);
    if (candidates.length > 0) {
      if (options.template !== null)
        throw templateComesLate("its policy comes from the genesis that is here");
      return await joinClone(options, { home, repository, reader }, candidates);
    }
    await mustBeUngoverned(options, repository, reader);
    return await begin(options, home, repository, reader);
  } finally {
    reader.close();
  }
}

async function joinClone(
  options: InitOptions,
  place: Omit<Place, "environment">,
  candidates: readonly GenesisCandidate[],
): Promise<InitResult> {
  const { environment, fingerprint, confirm } = options;
  const { repository, reader } = place;
  const genesis = options.genesis === null ? null : await commitId(repository, options.genesis);
  const chosen = chooseCandidate(candidates, { genesis, fingerprint });
  if (chosen === null) return { outcome: "begun-elsewhere", candidates, view: null };
  if (confirm === null) {
    return { outcome: "begun-elsewhere", candidates, view: await viewGenesis(repository, reader, chosen) };
  }
  return { outcome: "joined", ...(await joinRepository({ ...place, environment }, chosen, confirm)) };
}

/** A policy must not begin anew where one is, only because its genesis cannot be seen. */
async function mustBeUngoverned(
  options: InitOptions,
  repository: Repository,
  reader: ObjectReader,
): Promise<void> {
  if (isShallow(repository) && (await carriesTrust(repository, reader))) {
    throw new MirrorError(
      "shallow",
      "this repository is governed, and its genesis cannot be seen: this clone is shallow",
      {
        hint: "run `git fetch --unshallow`, then `mirror init` again",
      },
    );
  }
  if (options.genesis === null && options.fingerprint === null) return;
  throw new MirrorError("no-genesis", "there is no genesis here that could be trusted", {
    hint: "fetch the branch that holds it; --genesis and --fingerprint are for a clone of a governed repository",
  });
}

async function begin(
  options: InitOptions,
  home: string,
  repository: Repository,
  reader: ObjectReader,
): Promise<InitResult> {
  const { environment, prompts } = options;
  const branch = chooseBranch(options.policyBranch, repository);
  const { parts, name: template } = firstParts(repository, branch, options.template);
  const person = await personIdentity(repository.git, repository.workTree, environment, prompts.ask);
  const owner =
    (await findOwner(repository.git, repository.workTree, home, environment, prompts)) ??
    (await makeOwner(home, person, options.noPassphrase, environment, prompts));
  const gate = newGateId(randomBytes(2));
  const gateKey = makeGateKey(owner.signer.kind, gate, new Date());
  const founders = { person, owner: owner.signer, gate, gateKey: gateKey.publicKey };
  const files = firstTrust(parts, founders);
  const { trust } = mustParse(files, branch);
  // The gate's key is safe before anything names it.
  saveGateKey(home, gate, gateKey, repository.commonDir);
  const lineage = await commitGenesis(
    {
      repository,
      reader,
      branch: `refs/heads/${branch}`,
      person,
      signer: owner.signer,
      now: Math.floor(Date.now() / 1_000),
    },
    files,
  );
  const paths = makeState({ home, environment, repository, gate, pin: pinAt(lineage) });
  const isCheckedOut = readHead(repository.gitDir).branch === `refs/heads/${branch}`;
  const stateDirectory = paths.directory;
  return {
    outcome: "initialised",
    lineage,
    branch,
    isCheckedOut,
    person,
    owner,
    gate,
    template,
    shortRoles: shortRolesText(trust),
    stateDirectory,
  };
}

function chooseBranch(named: string | null, repository: Repository): string {
  const checkedOut = readHead(repository.gitDir).branch?.replace(/^refs\/heads\//, "") ?? null;
  const branch = named ?? checkedOut ?? "mirror/main";
  if (branch === "mirror/policy" || branch.startsWith("mirror/policy/")) {
    throw new MirrorError(
      "usage",
      `\`${branch}\` cannot be the policy branch: proposals live below mirror/policy/`,
      {
        hint: "name it mirror/main",
      },
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(branch) || /\.\.|\/\/|\.lock($|\/)|\/\.|\/$|\.$/.test(branch)) {
    throw new MirrorError(
      "usage",
      `\`${branch}\` is no branch name that mirror takes: letters, digits, \`.\`, \`_\`, \`-\` and \`/\``,
    );
  }
  return branch;
}

/** Gives the first policy set without trust and keys: what stands in the work tree, else a template. */
function firstParts(
  repository: Repository,
  branch: string,
  named: TemplateName | null,
): { parts: Template; name: TemplateName | null } {
  const standing = readPolicyDirectory(join(repository.workTree, ".mirror"));
  if (standing !== null && standing.size > 0) {
    for (const name of standing.keys()) {
      if (name === "trust.yaml" || name.startsWith("keys/")) {
        throw new MirrorError(
          "work-tree-conflict",
          `.mirror/${name} is there already, but no signed commit stands behind it`,
          {
            hint: "remove .mirror/trust.yaml and .mirror/keys/, `mirror init` writes them; or fetch the branch that holds the genesis",
          },
        );
      }
    }
    if (named !== null) throw templateComesLate("there is a policy set in .mirror/ already");
    return { parts: { files: standing, wantedSigners: {} }, name: null };
  }
  const name = named ?? "solo";
  const { files, wantedSigners } = readTemplate(name);
  const config = Buffer.from(files.get("mirror.yaml") ?? new Uint8Array())
    .toString("utf8")
    .replace(/^policy_branch:.*$/m, `policy_branch: ${JSON.stringify(branch)}`);
  return { parts: { files: new Map(files).set("mirror.yaml", Buffer.from(config)), wantedSigners }, name };
}

function templateComesLate(why: string): MirrorError {
  return new MirrorError("usage", `--template is for a repository without a policy set: ${why}`, {
    hint: "leave --template out; a policy that holds is changed with `mirror policy propose`",
  });
}

function mustParse(files: PolicySetFiles, branch: string): PolicySet {
  const { set, problems } = parsePolicySet(files);
  if (set === null) throw invalidPolicySet(problems);
  const named = set.config.policyBranch;
  if (named === branch) return set;
  throw new MirrorError(
    "usage",
    `.mirror/mirror.yaml names the policy branch \`${named}\`, but this would go to \`${branch}\``,
    {
      hint: `give --policy-branch ${named}, or write policy_branch: ${JSON.stringify(branch)} there`,
    },
  );
}

/** Gives the error that lists every mistake of a policy set. */
export function invalidPolicySet(problems: readonly Problem[], what = "the policy set"): MirrorError {
  const count = problems.length === 1 ? "a mistake" : `${problems.length} mistakes`;
  return new MirrorError("invalid-policy-set", `${what} has ${count}`, {
    data: { problems },
    hint: "mend what is named, then try again",
  });
}
