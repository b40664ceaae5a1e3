import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findGit } from "../../src/git/find-git.ts";
import { policySetTree } from "../../src/git/mirror-tree.ts";
import { type ObjectReader, openObjectReader } from "../../src/git/objects.ts";
import { openRepository, type Repository } from "../../src/git/repository.ts";
import type { WrittenTree } from "../../src/git/tree-builder.ts";
import {
  type AppendedReceipt,
  type Ledger,
  type LedgerOptions,
  openLedgerOn,
} from "../../src/ledger/ledger.ts";
import { type LedgerOutside, openOutside } from "../../src/ledger/open-parts.ts";
import type { ReceiptContext } from "../../src/ledger/tip.ts";
import type { LedgerPosition, Lineage, Pin } from "../../src/model/lineage.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import type { DecisionBody, GenesisBody, ReceiptBody, SessionBody } from "../../src/model/receipt.ts";
import { makeGateKey, openGateSigner } from "../../src/signers/gate-key.ts";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import { firstLineage, policySetDigest } from "../../src/trust/policy-digest.ts";
import {
  type ScratchRepository,
  scratchDirectory,
  scratchRepository,
} from "../fixtures/scratch-repository.ts";

/** A repository with a genesis commit, a gate key and a pin: all that a ledger needs. */
export interface LedgerWorld {
  readonly scratch: ScratchRepository;
  readonly repo: Repository;
  readonly reader: ObjectReader;
  readonly directory: string;
  readonly key: PublicKey;
  readonly publicFile: Uint8Array;
  readonly files: PolicySetFiles;
  readonly lineage: Lineage;
  readonly context: ReceiptContext;
  readonly genesis: GenesisBody;
  readonly ref: string;
  readonly options: LedgerOptions;
  readonly reports: unknown[];
  /** Milliseconds; the clock of the world. */
  now: number;
  pin(): LedgerPosition | null;
  open(change?: (outside: LedgerOutside) => LedgerOutside): Promise<Ledger>;
}

const pem = makeGateKey("openpgp", "gate-1", new Date("2026-01-01T00:00:00Z"));
const sshPem = makeGateKey("ssh", "gate-1", new Date("2026-01-01T00:00:00Z"));

export async function ledgerWorld(kind: "openpgp" | "ssh" = "openpgp"): Promise<LedgerWorld> {
  const gateKey = kind === "openpgp" ? pem : sshPem;
  const mirrorYaml = "version: 1\n";
  const scratch = scratchRepository({
    commits: [{ message: "genesis", files: { ".mirror/mirror.yaml": mirrorYaml } }],
  });
  const repo = await openRepository(findGit(process.env["PATH"] ?? ""), scratch.directory);
  const reader = openObjectReader(repo);
  const directory = scratchDirectory();
  const key = await parsePublicKey(`keys/gate${gateKey.publicKey.extension}`, gateKey.publicKey.bytes);
  const files: PolicySetFiles = new Map([["mirror.yaml", Buffer.from(mirrorYaml)]]);
  const commit = scratch.git("rev-parse", "HEAD");
  const digest = policySetDigest(files);
  const lineage: Lineage = { genesis: commit, epoch: 0, lineage: firstLineage(commit, digest), digest };
  const pinFile = join(directory, "pin.json");
  const pin: Pin = { version: 1, ...lineage, commit, ledger: null };
  writeFileSync(pinFile, JSON.stringify(pin));
  const readPin = (): Pin => JSON.parse(readFileSync(pinFile, "utf8"));
  const reports: unknown[] = [];
  const raw = (await reader.read(commit)).data;
  const world: LedgerWorld = {
    scratch,
    repo,
    reader,
    directory,
    key,
    publicFile: gateKey.publicKey.bytes,
    files,
    lineage,
    context: { lineage, policySet: policySetTree(files), assurance: "hook" },
    genesis: {
      kind: "genesis",
      genesis: commit,
      evidence: { objects: [{ type: "commit", data: Buffer.from(raw).toString("base64") }] },
    },
    ref: "refs/mirror/ledger/gate-1",
    reports,
    now: Date.parse("2026-11-23T06:35:00.000Z"),
    options: {
      repo,
      reader,
      directory,
      gate: "gate-1",
      keys: async () => [key],
      signer: openGateSigner(gateKey.privatePem, gateKey.publicKey.bytes, () => world.now),
      clock: () => world.now,
      engine: "0.0.0-test",
      patience: 0,
      report: (error) => reports.push(error),
      pin: {
        read: readPin,
        advance: (ledger) => writeFileSync(pinFile, JSON.stringify({ ...readPin(), ledger })),
      },
    },
    pin: () => readPin().ledger,
    open: (change = (outside) => outside) => openLedgerOn(world.options, change(openOutside(world.options))),
  };
  mkdirSync(join(directory, "journal"));
  return world;
}

/** Another policy set: its context, one epoch on. */
export function contextWith(files: PolicySetFiles, lineage: Lineage): ReceiptContext {
  const policySet: WrittenTree = policySetTree(files);
  return { lineage, policySet, assurance: "hook" };
}

export function session(session: string): SessionBody {
  return { kind: "session", agent: "coder", subagent: null, session, what: "session-start" };
}

/** A decision about a shell command, as the gate records it. */
export function decisionBody(argv: readonly string[], change: Partial<DecisionBody> = {}): DecisionBody {
  const risk = { level: "high", reasons: ["rewrites-history"] } as const;
  return {
    kind: "decision",
    input: {
      language: 1,
      agent: "coder",
      subagent: null,
      session: "session-1",
      client: "claude-code",
      tool: "Bash",
      places: {
        repo: ["/work/app"],
        home: "/home/ada",
        tmp: ["/tmp"],
        git: ["/work/app/.git"],
        mirror: ["/m"],
      },
      analysis: {
        commands: [{ argv, parent: null }],
        effects: [{ action: "shell.exec", resource: { kind: "command" }, opaque: [], command: 0, risk }],
        risk,
      },
      changing: [],
    },
    decision: {
      verdict: "deny",
      reasons: [
        { rule: "base/no-force", verdict: "deny", message: "it rewrites what others have", effects: [0] },
      ],
    },
    replay: "plain",
    call: "0".repeat(64),
    commitment: `${"1".repeat(32)}:${"2".repeat(64)}`,
    ground: null,
    claimedPid: 42,
    ...change,
  };
}

/** Opens a ledger that holds its genesis and `count` receipts more. */
export async function filledLedger(
  world: LedgerWorld,
  count: number,
  body: (index: number) => ReceiptBody = (index) => session(`s${index}`),
): Promise<{ ledger: Ledger; receipts: AppendedReceipt[] }> {
  const ledger = await world.open();
  const bodies = [world.genesis, ...Array.from({ length: count }, (_, index) => body(index))];
  const receipts = await Promise.all(bodies.map((each) => ledger.append(each, world.context)));
  return { ledger, receipts };
}
