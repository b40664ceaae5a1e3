// A repository with a long history, of which some commits change the policy set: written as one pack, since git makes a
// few hundred commits a second.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { policySetTree } from "../dist/lib/git/mirror-tree.js";
import { writeTrust } from "../dist/lib/model/document-writers.js";
import { makeGateKey, openGateSigner } from "../dist/lib/signers/gate-key.js";
import { childLineage, firstLineage, policySetDigest } from "../dist/lib/trust/policy-digest.js";
import { approvalStatement, genesisStatement } from "../dist/lib/trust/statement.js";
import { makeRepository } from "./ledgers.mjs";

const started = 1_767_225_600;
const person = `Ada <ada@example.org>`;

/**
 * Makes a history of `commits`, every `every`th of them a signed merge that changes the policy set, alone or of what its
 * second parent proposes. Gives the repository and its pin at genesis.
 */
export function makeHistory(top, { commits, every }) {
  const { directory, git } = makeRepository(top);
  const made = makeGateKey("ssh", "ada", new Date(started * 1_000));
  const signer = openGateSigner(made.privatePem, made.publicKey.bytes, () => started * 1_000);
  const pack = new Pack();
  let time = started;
  const commit = (tree, parents, message, signed) => {
    time += 60;
    const head = [
      `tree ${tree}`,
      ...parents.map((id) => `parent ${id}`),
      `author ${person} ${time} +0000`,
      `committer ${person} ${time} +0000`,
    ].join("\n");
    const signature = signed
      ? `gpgsig ${signer
          .signNow(Buffer.from(`${head}\n\n${message}`), time * 1_000)
          .trimEnd()
          .replaceAll("\n", "\n ")}\n`
      : "";
    return pack.add("commit", `${head}\n${signature}\n${message}`);
  };
  const rootWith = (mirror, text) => {
    const entries = [
      ["40000 .mirror\0", mirror],
      ["100644 a.txt\0", pack.add("blob", text)],
    ].flatMap(([name, id]) => [Buffer.from(name), Buffer.from(id, "hex")]);
    return pack.add("tree", Buffer.concat(entries));
  };
  const mirrorOf = (files) => {
    const { tree, objects } = policySetTree(files);
    for (const { type, data } of objects) pack.add(type, data);
    return tree;
  };

  let files = policySet(made.publicKey, 0);
  let mirror = mirrorOf(files);
  let digest = policySetDigest(files);
  const genesis = commit(
    rootWith(mirror, "0\n"),
    [],
    `mirror: the policy set begins\n\n${genesisStatement(digest)}\n`,
    true,
  );
  const pin = { genesis, epoch: 0, lineage: firstLineage(genesis, digest), digest };
  let lineage = pin;
  let tip = genesis;
  for (let index = 1; index < commits; index += 1) {
    if (index % every !== 0) {
      tip = commit(rootWith(mirror, `${index}\n`), [tip], `work ${index}\n`, false);
      continue;
    }
    files = policySet(made.publicKey, index);
    mirror = mirrorOf(files);
    digest = policySetDigest(files);
    const root = rootWith(mirror, `${index}\n`);
    const proposal = commit(root, [tip], `propose ${index}\n`, false);
    const statement = approvalStatement(digest, lineage.epoch, lineage.lineage);
    tip = commit(root, [tip, proposal], `policy: change ${index}\n\n${statement}\n`, true);
    lineage = childLineage(lineage, digest);
  }
  execFileSync("git", ["index-pack", "--stdin"], {
    cwd: directory,
    input: pack.bytes(),
    stdio: ["pipe", "ignore", "inherit"],
  });
  git("update-ref", "refs/heads/main", tip);
  return {
    directory,
    git,
    pin: { version: /** @type {const} */ (1), ...pin, commit: genesis, ledger: null },
    epochs: lineage.epoch,
  };
}

/** A policy set whose one rule says which change it is. */
function policySet(key, index) {
  const role = (...paths) => ({
    signers: ["ada"],
    threshold: 1,
    wideningThreshold: null,
    wanted: null,
    paths,
  });
  /** @type {import("../dist/lib/model/policy-set.js").Trust} */
  const trust = {
    version: 1,
    signers: [
      { id: "ada", name: "Ada", email: null, keys: [{ file: "keys/ada.pub", fingerprint: key.fingerprint }] },
    ],
    roles: new Map([
      ["trust", role("mirror.yaml", "trust.yaml", "keys/**")],
      ["policies", role("policies/**")],
      ["agents", role("agents/**")],
      ["memory", role("memory/**")],
    ]),
    gates: [],
  };
  const rule = `  - { id: only, verdict: deny, action: shell.exec, command: ["tool-${index} ..."] }\n`;
  const texts = {
    "keys/ada.pub": key.bytes,
    "mirror.yaml": "version: 1\npolicy_branch: main\n",
    "policies/base.yaml": `version: 1\nid: base\nrules:\n${rule}`,
    "trust.yaml": writeTrust(trust),
  };
  return new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
}

const typeNumbers = { commit: 1, tree: 2, blob: 3 };

/** Objects of one pack, each once. */
class Pack {
  #parts = [];
  #ids = new Set();

  /** Gives the object's id. */
  add(type, content) {
    const data = Buffer.from(content);
    const id = createHash("sha1").update(`${type} ${data.length}\0`).update(data).digest("hex");
    if (this.#ids.has(id)) return id;
    this.#ids.add(id);
    this.#parts.push(Buffer.from(header(typeNumbers[type], data.length)), deflateSync(data, { level: 1 }));
    return id;
  }

  bytes() {
    const head = Buffer.alloc(12);
    head.write("PACK");
    head.writeUInt32BE(2, 4);
    head.writeUInt32BE(this.#ids.size, 8);
    const body = Buffer.concat([head, ...this.#parts]);
    return Buffer.concat([body, createHash("sha1").update(body).digest()]);
  }
}

function header(type, size) {
  const bytes = [];
  let current = (type << 4) | (size & 15);
  for (let rest = size >> 4; rest > 0; rest >>= 7) {
    bytes.push(current | 128);
    current = rest & 127;
  }
  return [...bytes, current];
}
