import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import { parseCommit, readCommitWords } from "../../src/trust/commit.ts";
import { checkGenesis } from "../../src/trust/genesis.ts";
import { parsePublicKey } from "../../src/trust/keys.ts";
import { policySetDigest } from "../../src/trust/policy-digest.ts";
import { verifySignature } from "../../src/trust/signature.ts";
import { approvalStatement, genesisStatement } from "../../src/trust/statement.ts";
import { type ApprovedSet, PolicyWalk } from "../../src/trust/walk.ts";
import { type ScratchRepository, scratchRepository } from "../fixtures/scratch-repository.ts";
import { gpgHome, sshPair } from "./real-keys.ts";
import { type Person, policyFile, policySet } from "./world.ts";

// Everything by plain git: commit -S, merge -S, verify-commit. Ours must agree with each of its answers.

interface Signer {
  readonly person: Person;
  readonly keyFile: string;
  readonly config: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

function sshSigner(): Signer {
  const pair = sshPair();
  const allowed = `${pair.path}.allowed`;
  writeFileSync(allowed, `ada@example.org ${Buffer.from(pair.publicKey).toString()}`);
  const settings = [
    "gpg.format=ssh",
    `user.signingKey=${pair.path}.pub`,
    `gpg.ssh.allowedSignersFile=${allowed}`,
  ];
  return {
    person: {
      id: "ada",
      publicKey: Buffer.from(pair.publicKey).toString(),
      fingerprint: pair.fingerprint,
      sign: (payload) => pair.sign(payload),
    },
    keyFile: "keys/ada.pub",
    config: settings.flatMap((setting) => ["-c", setting]),
    environment: {},
  };
}

function gpgSigner(algorithm: string): Signer {
  const gpg = gpgHome();
  const fingerprint = gpg.makeKey("Ada <ada@example.org>", algorithm);
  return {
    person: {
      id: "ada",
      publicKey: Buffer.from(gpg.export(fingerprint)).toString(),
      fingerprint,
      sign: (payload) => gpg.sign(payload, fingerprint),
    },
    keyFile: "keys/ada.asc",
    config: ["-c", `user.signingKey=${fingerprint}`],
    environment: { GNUPGHOME: gpg.home },
  };
}

function setFor(signer: Signer, rule: string): PolicySetFiles {
  const set = policySet({ signers: [signer.person], files: { "policies/base.yaml": policyFile(rule) } });
  const text = (bytes: Uint8Array): string =>
    Buffer.from(bytes).toString().replaceAll("keys/ada.pub", signer.keyFile);
  return new Map([...set].map(([path, bytes]) => [text(Buffer.from(path)), Buffer.from(text(bytes))]));
}

function readSet(repository: ScratchRepository, tree: string): PolicySetFiles | null {
  const listed = repository.git("ls-tree", "-r", "--format=%(objectname) %(path)", tree, ".mirror/");
  if (listed === "") return null;
  return new Map(
    listed.split("\n").map((line) => {
      const path = line.slice(41 + ".mirror/".length);
      return [path, Buffer.from(`${repository.git("cat-file", "blob", line.slice(0, 40))}\n`)];
    }),
  );
}

function rawCommit(repository: ScratchRepository, id: string): Buffer {
  return execFileSync("git", ["cat-file", "commit", id], {
    cwd: repository.directory,
    env: repository.environment,
  });
}

const deny = "{ id: no, verdict: deny, action: shell.exec, command: ['x ...'] }";
const allow = "{ id: yes, verdict: allow, action: shell.exec, command: ['y ...'] }";

describe.each([
  ["ssh-keygen, Ed25519", sshSigner],
  ["gpg, Ed25519", () => gpgSigner("ed25519")],
  ["gpg, RSA", () => gpgSigner("rsa2048")],
])("signed by %s", (_, makeSigner) => {
  test("genesis, proposal, approving merge, plain signed merge, revert", async () => {
    const signer = makeSigner();
    const repository = scratchRepository();
    const git = (...args: string[]): string =>
      repository.gitWith({ environment: signer.environment }, ...signer.config, ...args);
    const write = (set: PolicySetFiles): void => {
      for (const [path, bytes] of set) repository.write(join(".mirror", path), bytes);
      git("add", ".mirror");
    };
    const [first, second, third] = [
      setFor(signer, deny),
      setFor(signer, allow),
      setFor(signer, deny.replace("x ...", "z ...")),
    ];

    write(first);
    git("commit", "-q", "-S", "-m", "begin", "-m", genesisStatement(policySetDigest(first)));
    const id = git("rev-parse", "HEAD");
    const checked = await checkGenesis(rawCommit(repository, id), id, first, parsePolicySet);
    expect(checked).toMatchObject({ status: "good", fingerprint: signer.person.fingerprint });
    if (checked.status !== "good") return;
    const genesis: ApprovedSet = { lineage: checked.lineage, commit: id, files: first };

    const walk = async () => {
      const made = new PolicyWalk({ policySet: async (tree) => readSet(repository, tree) }, parsePolicySet);
      for (const commit of git("rev-list", "HEAD").split("\n"))
        made.add(commit, rawCommit(repository, commit));
      return await made.forward(genesis, { now: Date.now(), chosen: new Map() });
    };
    const propose = (branch: string, set: PolicySetFiles): void => {
      git("checkout", "-q", "-b", branch);
      write(set);
      git("commit", "-q", "-m", `propose ${branch}`);
      git("checkout", "-q", "main");
    };

    propose("one", second);
    git("merge", "-q", "--no-ff", "-S", "-m", "Merge branch 'one'", "one");
    expect((await walk()).adopted).toEqual([]);

    git("reset", "-q", "--hard", id);
    const { epoch, lineage } = checked.lineage;
    const statement = approvalStatement(policySetDigest(second), epoch, lineage);
    git("merge", "-q", "--no-ff", "-S", "-m", "Merge branch 'one'", "-m", statement, "one");
    const merge = git("rev-parse", "HEAD");
    const adopted = await walk();
    expect(adopted.problems).toEqual([]);
    expect(adopted.adopted).toMatchObject([{ commit: merge, approvedBy: ["ada"] }]);

    git("revert", "-m", "1", "-S", "--no-edit", merge);
    git("checkout", "-q", "-b", "side", id);
    git("commit", "-q", "--allow-empty", "-m", "work");
    git("checkout", "-q", "main");
    git("merge", "-q", "--no-ff", "-S", "-m", "Merge branch 'side'", "side");
    expect((await walk()).lineage).toEqual(adopted.lineage);

    propose("two", third);
    const again = approvalStatement(policySetDigest(third), adopted.lineage.epoch, adopted.lineage.lineage);
    git("checkout", "-q", "two");
    git("commit", "-q", "-S", "--allow-empty", "-m", "approve", "-m", again);
    git("checkout", "-q", "main");
    git("merge", "-q", "--no-ff", "-m", "Merge branch 'two'", "two");
    expect(await walk()).toMatchObject({
      problems: [],
      adopted: [{ commit: merge }, { commit: git("rev-parse", "HEAD") }],
    });
  });

  test("git says good, bad and unknown where we do", async () => {
    const signer = makeSigner();
    const repository = scratchRepository();
    const verifies = (id: string): boolean => {
      try {
        repository.gitWith({ environment: signer.environment }, ...signer.config, "verify-commit", id);
        return true;
      } catch {
        return false;
      }
    };
    repository.gitWith(
      { environment: signer.environment },
      ...signer.config,
      "commit",
      "-q",
      "-S",
      "--allow-empty",
      "-m",
      "hällo ✓",
    );
    const id = repository.git("rev-parse", "HEAD");
    const raw = rawCommit(repository, id);
    const key = await parsePublicKey(signer.keyFile, Buffer.from(signer.person.publicKey));
    const stranger = await parsePublicKey("keys/eve.pub", sshPair().publicKey);
    const judge = (bytes: Uint8Array, keys = [key]): string => {
      const { payload, signature } = parseCommit(bytes);
      return signature === null
        ? "unsigned"
        : verifySignature(payload, signature, keys, { now: Date.now() }).status;
    };
    expect([judge(raw), verifies(id)]).toEqual(["good", true]);
    expect(judge(raw, [stranger])).toBe("unknown");
    const changed = Buffer.from(raw.toString().replace("✓", "✗"));
    const other = repository.gitWith({ input: changed }, "hash-object", "-t", "commit", "-w", "--stdin");
    expect([judge(changed), verifies(other)]).toEqual(["bad", false]);
  });
});

test("a second signature header: git takes both for one signature, we refuse the commit", () => {
  const signer = sshSigner();
  const repository = scratchRepository();
  repository.gitWith({}, ...signer.config, "commit", "-q", "-S", "--allow-empty", "-m", "x");
  const raw = rawCommit(repository, "HEAD").toString();
  const header = /gpgsig [\s\S]*?-----END SSH SIGNATURE-----\n/.exec(raw)?.[0] ?? "";
  expect(() => parseCommit(Buffer.from(raw.replace(header, header + header)))).toThrow(
    "`gpgsig` does not belong there",
  );
});

test("a commit git made in another encoding can be walked and shown, and not believed", () => {
  const repository = scratchRepository();
  repository.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-m", "x");
  const raw = rawCommit(repository, "HEAD");
  expect(() => parseCommit(raw)).toThrow("`encoding` does not belong there");
  const time = Number(repository.git("log", "-1", "--format=%ct"));
  expect(readCommitWords(raw)).toEqual({ subject: "x", time });
});
