// A ledger of a bench's own: a repository with a genesis, a gate's key and a pin, written in this process as the
// daemon writes it, on the disk that TMPDIR is on.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findGit } from "../dist/lib/git/find-git.js";
import { policySetTree } from "../dist/lib/git/mirror-tree.js";
import { openObjectReader } from "../dist/lib/git/objects.js";
import { openRepository } from "../dist/lib/git/repository.js";
import { openLedger } from "../dist/lib/ledger/ledger.js";
import { PinFile } from "../dist/lib/policy-store/pin.js";
import { makeGateKey, openGateSigner } from "../dist/lib/signers/gate-key.js";
import { parsePublicKey } from "../dist/lib/trust/keys.js";
import { firstLineage, policySetDigest } from "../dist/lib/trust/policy-digest.js";
import { cleanEnvironment } from "./harness.mjs";

export const gate = "gate-1";

/** Makes a repository with one commit below `top`. `git` runs git in it, with a home of its own. */
export function makeRepository(top, more = {}) {
  const directory = join(top, "repository");
  const home = join(top, "home");
  for (const each of [directory, home]) mkdirSync(each, { recursive: true });
  const environment = {
    ...cleanEnvironment(),
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.org",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.org",
    ...more,
  };
  const git = (...args) =>
    execFileSync("git", args, {
      cwd: directory,
      env: environment,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
    });
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", "genesis");
  return { directory, environment, git };
}

/** Opens a new ledger below `top`, with its first receipt. */
export async function makeLedger(top) {
  const { directory, git } = makeRepository(top);
  const state = join(top, "state");
  mkdirSync(join(state, "journal"), { recursive: true });
  const repo = await openRepository(findGit(process.env.PATH), directory);
  const reader = openObjectReader(repo);
  const made = makeGateKey("openpgp", gate, new Date());
  const key = await parsePublicKey("keys/gate.asc", made.publicKey.bytes);
  const files = new Map([["mirror.yaml", Buffer.from("version: 1\npolicy_branch: main\n")]]);
  const genesis = git("rev-parse", "HEAD").trim();
  const digest = policySetDigest(files);
  const lineage = { genesis, epoch: 0, lineage: firstLineage(genesis, digest), digest };
  const pin = new PinFile(join(state, "pin.json"));
  pin.create({ version: 1, ...lineage, commit: genesis, ledger: null });
  const ledger = await openLedger({
    repo,
    reader,
    directory: state,
    gate,
    keys: async () => [key],
    pin: { read: () => pin.mustRead(), advance: (position) => pin.advanceLedger(position) },
    signer: openGateSigner(made.privatePem, made.publicKey.bytes, Date.now),
    clock: Date.now,
    engine: "0.0.0-bench",
    patience: 0,
    report: (error) => {
      throw error;
    },
  });
  const context = { lineage, policySet: policySetTree(files), assurance: /** @type {const} */ ("hook") };
  const raw = Buffer.from((await reader.read(genesis)).data).toString("base64");
  const evidence = { objects: [{ type: /** @type {const} */ ("commit"), data: raw }] };
  await ledger.append({ kind: "genesis", genesis, evidence }, context);
  return {
    repo,
    reader,
    ref: `refs/mirror/ledger/${gate}`,
    genesis,
    publicFile: made.publicKey.bytes,
    git,
    append: (body) => ledger.append(body, context),
    fold: () => ledger.fold(),
    close: async () => {
      await ledger.close();
      reader.close();
    },
  };
}

/** Gives the decision about one shell command, as the gate records it. */
export function decisionBody(index) {
  const risk = { level: "low", reasons: [] };
  return {
    kind: "decision",
    input: {
      language: 1,
      agent: "coder",
      subagent: null,
      session: "bench",
      client: "claude-code",
      tool: "Bash",
      places: {
        repo: ["/work/app"],
        home: "/home/ada",
        tmp: ["/tmp"],
        git: ["/work/app/.git"],
        mirror: ["/m"],
      },
      changing: [],
      analysis: {
        commands: [{ argv: ["git", "show", `HEAD~${index}`], parent: null }],
        effects: [{ action: "shell.exec", resource: { kind: "command" }, opaque: [], command: 0, risk }],
        risk,
      },
    },
    decision,
    replay: "plain",
    call: "0".repeat(64),
    commitment: `${"1".repeat(32)}:${"2".repeat(64)}`,
    ground: null,
    claimedPid: 42,
  };
}

/** @type {import("../dist/lib/model/decision.js").Decision} */
export const decision = {
  verdict: "allow",
  reasons: [{ rule: "base/git-looks", verdict: "allow", message: "runs `git show`", effects: [0] }],
};
