import { randomBytes } from "node:crypto";
import { MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import { listRefs } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import type { Lineage } from "../model/lineage.ts";
import { PinFile } from "../policy-store/pin.ts";
import { makeGateKey } from "../signers/gate-key.ts";
import { hasGateKey, newGateId, publicGateKey, saveGateKey } from "./gate-keys.ts";
import type { GenesisCandidate } from "./genesis-candidates.ts";
import { type GenesisView, viewGenesis } from "./genesis-view.ts";
import type { Environment, StatePaths } from "./home.ts";
import { makeState } from "./make-state.ts";
import { openGate } from "./open-gate.ts";
import { findOwnGate, type OwnGate } from "./own-gate.ts";
import { pinAt } from "./pin-from-ledger.ts";

/** Asks a person whether a root is to be trusted. Throws `declined` or `not-a-terminal`. */
export type ConfirmPin = (view: GenesisView) => Promise<void>;

/** A root that somebody else made, and is trusted here now. */
export interface Joined {
  readonly view: GenesisView;
  /** Where this gate stands: where the view ends, or further on where its own ledger goes on. */
  readonly lineage: Lineage;
  readonly gate: string;
  readonly gateFingerprint: string;
  /** False: this clone's gate of before goes on. */
  readonly isNewGate: boolean;
  readonly isEnrolled: boolean;
  readonly stateDirectory: string;
}

export interface Place {
  readonly home: string;
  readonly environment: Environment;
  readonly repository: Repository;
  readonly reader: ObjectReader;
}

/**
 * Trusts a policy history that was begun elsewhere (TRUST T6): verifies it from its genesis, shows it to the person,
 * pins it on their word, and makes this clone's gate, whose ledger begins. Nothing is written before their word.
 *
 * Throws what `confirm` and `viewGenesis` throw.
 */
export async function joinRepository(
  place: Place,
  candidate: GenesisCandidate,
  confirm: ConfirmPin,
): Promise<Joined> {
  const { home, environment, repository, reader } = place;
  const view = await viewGenesis(repository, reader, candidate);
  const own = await findOwnGate(home, repository, reader, candidate.lineage.genesis, view.revokedGates);
  await confirm(view);
  const { gate, pin } = own ?? makeGate(place, view);
  const paths = makeState({ home, environment, repository, gate, pin });
  return {
    view,
    lineage: await begin(paths),
    gate,
    gateFingerprint: (await publicGateKey(home, gate)).fingerprint,
    isNewGate: own === null,
    isEnrolled: view.gates.includes(gate),
    stateDirectory: paths.directory,
  };
}

/** The gate's key is of the owner's kind: whoever can check the policy can check the ledger. */
function makeGate({ home, repository }: Place, view: GenesisView): OwnGate {
  const { candidate } = view;
  const taken = new Set(listRefs(repository, "refs/mirror/ledger/").map(({ ref }) => ref));
  const isTaken = (id: string): boolean =>
    view.gates.includes(id) || taken.has(ledgerRef(id)) || hasGateKey(home, id);
  let gate = newGateId(randomBytes(2));
  while (isTaken(gate)) gate = newGateId(randomBytes(2));
  const kind = candidate.fingerprint.startsWith("SHA256:") ? "ssh" : "openpgp";
  saveGateKey(home, gate, makeGateKey(kind, gate, new Date()), repository.commonDir);
  return { gate, pin: pinAt(candidate.lineage) };
}

/** Lets the gate adopt every step now, so that nothing older than what the person saw is ever taken for the newest. */
async function begin(paths: StatePaths): Promise<Lineage> {
  const gate = await openGate(paths);
  await gate.close();
  const { genesis, epoch, lineage, digest } = new PinFile(paths.pin).mustRead();
  return { genesis, epoch, lineage, digest };
}

/**
 * Chooses the candidate a person named, by its commit or by the owner's fingerprint; the only one there is, if they
 * named none. Null where several are left to choose from. Throws `declined` if none is what they named.
 */
export function chooseCandidate(
  candidates: readonly GenesisCandidate[],
  named: { readonly genesis: string | null; readonly fingerprint: string | null },
): GenesisCandidate | null {
  const { genesis, fingerprint } = named;
  const listed =
    genesis === null ? candidates : candidates.filter(({ lineage }) => lineage.genesis === genesis);
  if (genesis !== null && listed.length === 0) {
    throw new MirrorError("no-genesis", `commit ${genesis} is no genesis that a branch here leads to`, {
      hint: "run `mirror init` to see those that are",
    });
  }
  const signed =
    fingerprint === null ? listed : listed.filter((each) => isSameKey(fingerprint, each.fingerprint));
  if (fingerprint !== null && signed.length === 0) throw otherKey(listed, fingerprint);
  return signed.length === 1 ? (signed[0] ?? null) : null;
}

function otherKey(candidates: readonly GenesisCandidate[], expected: string): MirrorError {
  const found = candidates.map(
    ({ fingerprint, signer, lineage }) =>
      `${fingerprint} (${signer}, commit ${lineage.genesis.slice(0, 12)})`,
  );
  return new MirrorError(
    "declined",
    `no genesis here is signed with key ${expected}: found ${found.join(" and ")}; nothing was changed`,
    {
      data: { expected, found: candidates.map(({ fingerprint }) => fingerprint) },
      hint: "ask the owner for the whole fingerprint; if it really is another, this is not their repository",
    },
  );
}

/** Whole fingerprints only. Those of OpenPGP may be spaced and in either case, as gpg prints them; SSH's are exact. */
function isSameKey(given: string, found: string): boolean {
  if (found.startsWith("SHA256:")) return given === found;
  return given.replace(/\s/g, "").toUpperCase() === found;
}
