import type { Clock } from "../base/clock.ts";
import type { CurrentPolicy, GateParts } from "../gate/ports.ts";
import { policySetTree, readMirrorTree } from "../git/mirror-tree.ts";
import type { Lineage, Pin } from "../model/lineage.ts";
import { compilePolicySet } from "../policy/compile.ts";
import { gatherEvidence } from "../policy-store/evidence.ts";
import { type ApprovedPolicy, PolicyStore, type PolicyView } from "../policy-store/policy-store.ts";
import { parseCommitLinks } from "../trust/commit.ts";
import { findConsenter } from "../trust/consent.ts";
import { openKeyring } from "../trust/keyring.ts";
import type { PublicKey } from "../trust/keys.ts";
import type { Step } from "../trust/steps.ts";
import { inForce, revokedGate } from "./approved-policy.ts";
import type { GateLedger, LedgerStand } from "./gate-ledger.ts";
import type { OpenState } from "./open-state.ts";
import { packageVersion } from "./package-root.ts";
import type { WorkTreeWatch } from "./work-tree-watch.ts";

/**
 * The policy set the gate decides by: looked for at every call, adopted step by step, each step with a receipt
 * that is durable before the pin moves and before anything is decided by it.
 */
export class GatePolicy {
  readonly #state: OpenState;
  readonly #store: PolicyStore;
  readonly #ledger: GateLedger;
  readonly #pin: Pin;
  readonly #watch: WorkTreeWatch;
  /** Steps that were found and are not adopted yet, in order. */
  readonly #steps: Step[] = [];
  #approved: ApprovedPolicy | null = null;
  #current: CurrentPolicy | null = null;
  #looking: Promise<CurrentPolicy> | null = null;

  constructor(state: OpenState, pin: Pin, ledger: GateLedger, watch: WorkTreeWatch, clock: Clock) {
    this.#watch = watch;
    this.#state = state;
    this.#ledger = ledger;
    this.#pin = pin;
    const { repository, reader, paths } = state;
    this.#store = new PolicyStore({
      repository,
      reader,
      pin,
      caches: paths.caches,
      clock,
      engine: packageVersion(),
    });
  }

  /** Takes the first look, and begins the ledger where there is none yet. */
  async begin(): Promise<void> {
    if (this.#ledger.isEmpty()) {
      const { genesis } = this.#pin;
      const evidence = await gatherEvidence(this.#state.reader, [genesis]);
      await this.#ledger.append(
        { kind: "genesis", genesis, evidence },
        await this.#standAt(this.#pin, genesis),
      );
    }
    await this.current();
  }

  /**
   * Gives the policy set as of now. Calls that arrive together share one look, and so does what comes after it without
   * waiting for anything outside: the tick is next when all of that is done.
   */
  current(): Promise<CurrentPolicy> {
    this.#looking ??= this.#look().finally(() =>
      process.nextTick(() => {
        this.#looking = null;
      }),
    );
    return this.#looking;
  }

  /** Ids of the agents that are bound. */
  agents(): readonly string[] {
    return this.#approved === null ? [] : [...this.#approved.set.agents.keys()];
  }

  /** Finds the signer of an answer to an ask, or says why it is nobody's. */
  async findConsenter(text: string, signature: string): ReturnType<GateParts["findConsenter"]> {
    if (this.#approved === null) return { why: "no policy set is in force" };
    const { set, files } = this.#approved;
    const keyring = await openKeyring(set.trust, files);
    return findConsenter(text, signature, set.trust, keyring, { now: Date.now() });
  }

  /** The keys of the gates that are enrolled, by their ids. */
  async enrolledKeys(): Promise<ReadonlyMap<string, PublicKey>> {
    if (this.#approved === null) return new Map();
    return (await openKeyring(this.#approved.set.trust, this.#approved.files)).gates;
  }

  /** The OpenPGP keys of those who hold the trust role. */
  ownerKeys(): readonly Uint8Array[] {
    if (this.#approved === null) return [];
    const { set, files } = this.#approved;
    const owners = set.trust.roles.get("trust")?.signers ?? [];
    return set.trust.signers
      .filter(({ id }) => owners.includes(id))
      .flatMap(({ keys }) => keys)
      .flatMap(({ file }) => (file.endsWith(".asc") ? [files.get(file) ?? new Uint8Array()] : []));
  }

  async #look(): Promise<CurrentPolicy> {
    const trees = await this.#watch();
    const view = await this.#store.look(trees.map(({ gitDir }) => gitDir));
    this.#mustNotBeRevoked(view);
    // INVARIANT: nothing is decided by a set whose step has no receipt. A step that could not be written stays first.
    this.#steps.push(...view.adopted);
    for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) {
      await this.#adopt(step);
      this.#steps.shift();
    }
    const approved = inForce(view);
    if (this.#current === null || approved !== this.#approved) {
      const { lineage, set, files } = approved;
      this.#current = {
        lineage,
        set,
        compiled: compilePolicySet(set, this.#state.record.gate, "bounded"),
        tree: policySetTree(files),
      };
      this.#approved = approved;
    }
    return this.#current;
  }

  /**
   * A revoked gate decides nothing and writes nothing: no receipt of it would count (TRUST S2). The pin moves all the same:
   * what was seen once holds, also after a restart in a repository that was taken back.
   */
  #mustNotBeRevoked({ approved, adopted }: PolicyView): void {
    const { gate } = this.#state.record;
    const revoked = approved.set.trust.gates.find(({ id }) => id === gate)?.revoked ?? null;
    if (revoked === null) return;
    const last = adopted.at(-1);
    if (last !== undefined) this.#state.pin.advanceLineage(last.child, last.commit);
    throw revokedGate(gate, revoked);
  }

  async #adopt(step: Step): Promise<void> {
    // A crash between receipt and pin leaves a step that is in the ledger already: then only the pin is behind.
    if (this.#ledger.lastEpoch() < step.child.epoch) {
      const evidence = await gatherEvidence(this.#state.reader, step.evidence.commits);
      const stand = await this.#standAt(step.child, step.commit);
      const { commit, approvedBy, parent } = step;
      const body = { kind: "adopt", commit, parentLineage: parent.lineage, approvedBy, evidence } as const;
      await this.#ledger.append(body, stand);
    }
    this.#state.pin.advanceLineage(step.child, step.commit);
  }

  async #standAt(lineage: Lineage, commit: string): Promise<LedgerStand> {
    const { reader } = this.#state;
    const { tree } = parseCommitLinks((await reader.read(commit)).data);
    return { lineage, tree: policySetTree((await readMirrorTree(reader, tree))?.files ?? new Map()) };
  }
}
