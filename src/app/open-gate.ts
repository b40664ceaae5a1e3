import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isMirrorError } from "../base/errors.ts";
import type { Ask } from "../gate/asks.ts";
import type { SignedAnswer, TakenAnswer } from "../gate/consents.ts";
import { CountedMessages } from "../gate/counted-messages.ts";
import { Gate, type HookAnswer, type HookRequest } from "../gate/gate.ts";
import { GrantBook, type HeldGrants } from "../gate/grants.ts";
import { OpenCalls } from "../gate/open-calls.ts";
import { PastBook } from "../gate/past.ts";
import { PendingWrites } from "../gate/pending-writes.ts";
import { SpendBook } from "../gate/spend.ts";
import type { GrantedMore } from "../gate/top-ups.ts";
import type { CommitmentKey } from "../ledger/commitment.ts";
import type { PolicySet } from "../model/policy-set.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import { configDirectories } from "./config-directories.ts";
import { diskReserveCheck } from "./disk-reserve.ts";
import { GateInputs } from "./gate-inputs.ts";
import { openGateKey } from "./gate-keys.ts";
import { GateLedger } from "./gate-ledger.ts";
import { GatePolicy } from "./gate-policy.ts";
import type { StatePaths } from "./home.ts";
import { keepWrites, keptWrites } from "./kept-writes.ts";
import { fileSize, thisMachine } from "./machine.ts";
import { notify } from "./notify.ts";
import { type OpenState, openStateDirectory } from "./open-state.ts";
import { OtherGates, recallAll } from "./other-gates.ts";
import { watchPlaces } from "./places.ts";
import { recentCalls, recentWrites } from "./recent-calls.ts";
import { recallAndKeepGrants } from "./recent-grants.ts";
import { recallMessages } from "./recent-messages.ts";
import { recallPast } from "./recent-past.ts";
import { reportFailure } from "./report-failure.ts";
import { Transcripts } from "./transcripts.ts";
import { watchWorkTrees } from "./work-tree-watch.ts";

/** A gate that is ready to answer, and what its daemon needs to know of it. */
export interface OpenGate {
  readonly answer: (request: HookRequest) => Promise<HookAnswer>;
  /** The asks that wait for a signer's answer. */
  readonly waiting: () => Promise<readonly Ask[]>;
  /** What people granted that holds. */
  readonly granted: () => Promise<HeldGrants>;
  /** Lets an agent use more of a budget, as a signer says. Throws `consent-refused`. */
  readonly topUp: (signed: SignedAnswer) => Promise<GrantedMore>;
  /** Takes a signer's answer. Throws `consent-refused`. */
  readonly consent: (answer: SignedAnswer) => Promise<TakenAnswer>;
  /** Takes back the grant of this receipt. Throws `consent-refused`. */
  readonly revokeGrant: (seq: number) => Promise<void>;
  /** Lets calls that wait ask again at once. */
  readonly release: () => void;
  /** For calls of a model: reserved before them, settled after. */
  readonly reserveModelCall: Gate["reserveModelCall"];
  readonly settleModelCall: Gate["settleModelCall"];
  /** Gives the approved policy set as of now. Throws MirrorError where there is none to stand on. */
  readonly policySet: () => Promise<PolicySet>;
  /** Agents that are bound now. */
  readonly agents: () => readonly string[];
  /** Looks at the policy set and lets the ledger's ref follow the journal. */
  readonly refresh: () => Promise<void>;
  /** Brings the inputs that wait into git. */
  readonly writeInputs: () => Promise<void>;
  /** Folds what is left and lets go of everything. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the gate of a repository: the one writer of its ledger. Throws `ledger-locked` if another process is it,
 * and MirrorErrors for a state that cannot be stood on.
 */
export async function openGate(paths: StatePaths): Promise<OpenGate> {
  const state = await openStateDirectory(paths);
  const pin = state.pin.mustRead();
  const clock = Date.now;
  const ledger = await GateLedger.open(state, openGateKey(state.home, state.record.gate, clock), clock);
  const watch = watchWorkTrees(state.repository);
  const policy = new GatePolicy(state, pin, ledger, watch, clock);
  const newest = ledger.lastSeq();
  const head = ledger.head();
  const openCalls = new OpenCalls(() => recentCalls(state, newest, clock()));
  const pendingWrites = new PendingWrites(
    clock,
    newest,
    async () => keptWrites(paths, head) ?? (await recentWrites(state, newest, clock())),
  );
  const commitments: CommitmentKey = {
    localKey: readPrivateFile(join(paths.directory, "local.key")),
    random: (n) => randomBytes(n),
  };
  const inputs = new GateInputs(
    { repo: state.repository, reader: state.reader, gate: state.record.gate },
    commitments,
    () => policy.ownerKeys(),
    clock,
  );
  const transcripts = new Transcripts((speak) => configDirectories(state, speak));
  const others = new OtherGates(state, () => policy.enrolledKeys());
  await policy.begin();
  const gate = new Gate(
    {
      gate: state.record.gate,
      currentPolicy: () => policy.current(),
      findConsenter: (text, signature) => policy.findConsenter(text, signature),
      notify,
      readTranscripts: transcripts.read,
      forgetTranscripts: (agent) => transcripts.forget(agent),
      write: (body, policy) => ledger.append(body, policy),
      keepInput: (call) => inputs.keep(call),
      foldSoon: () => ledger.foldSoon(),
      places: watchPlaces(state, watch),
      world: thisMachine,
      clock,
      steadyClock: () => performance.now(),
      fileSize,
      ...commitments,
      report: reportFailure,
      hasDiskReserve: diskReserveCheck(paths.directory, clock),
    },
    openCalls,
    pendingWrites,
    new SpendBook(
      {
        recall: async (set) => {
          // What this very gate wrote must be in git to be read back.
          await ledger.fold();
          return await recallAll(state, others, set, clock());
        },
        hasMoved: () => others.hasMoved(),
      },
      clock,
    ),
    new GrantBook(clock, async () => {
      await ledger.fold();
      return await recallAndKeepGrants(state, clock());
    }),
    new PastBook(
      async (since) => {
        await ledger.fold();
        return await recallPast(state, since);
      },
      () => Math.max(clock(), ledger.lastTime()),
    ),
    new CountedMessages(
      commitments.localKey,
      async (since) => {
        await ledger.fold();
        return await recallMessages(state, since);
      },
      clock,
    ),
  );
  return {
    answer: (request) => gate.answer(request),
    waiting: () => gate.waiting(),
    granted: () => gate.granted(),
    consent: (answer) => gate.consents.take(answer),
    topUp: (signed) => gate.topUps.take(signed),
    revokeGrant: (seq) => gate.consents.revoke(seq),
    release: () => gate.release(null),
    reserveModelCall: (call, estimate) => gate.reserveModelCall(call, estimate),
    settleModelCall: (reservation, measured) => gate.settleModelCall(reservation, measured),
    policySet: async () => (await policy.current()).set,
    agents: () => policy.agents(),
    refresh: async () => {
      try {
        gate.release((await policy.current()).lineage.lineage);
      } catch (error) {
        // What cannot be decided by, the next call and every look at the policy tell; the ledger is there all the same.
        if (!isMirrorError(error)) throw error;
      } finally {
        await ledger.fold();
      }
    },
    writeInputs: () => inputs.write(),
    close: async () => {
      await inputs.write();
      await leaveWrites(state, ledger, clock());
      await ledger.close();
      state.close();
    },
  };
}

/** Leaves the next gate what it would have to read back. Whatever fails costs it only that. */
async function leaveWrites(state: OpenState, ledger: GateLedger, now: number): Promise<void> {
  try {
    await ledger.fold();
    const head = ledger.head();
    if (head !== null) keepWrites(state.paths, head, await recentWrites(state, ledger.lastSeq(), now));
  } catch (error) {
    reportFailure(error);
  }
}
