import { canonicalJson } from "../base/canonical-json.ts";
import type { MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { Decision, DecisionInput } from "../model/decision.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { DecisionBody, SpendBody } from "../model/receipt.ts";
import { isStricter } from "../model/verdict.ts";
import { policySetDigest } from "../trust/policy-digest.ts";
import { readPolicySet } from "./policy-set-reader.ts";
import { readable } from "./readable.ts";
import type { Report } from "./verify-receipt.ts";

/** Makes the evaluator of a policy set; null for one that cannot be decided by. */
export type MakeEvaluator = (files: PolicySetFiles) => ((input: DecisionInput) => Decision) | null;

/**
 * Makes what tells, by a policy set, why a model call is refused (null: it may be made), or what is wrong with what is said of
 * calls that a client reported (null: nothing); null where it cannot tell.
 */
export type MakeModelJudge = (files: PolicySetFiles) => ((call: SpendBody) => string | null) | null;

/** A policy set that stands in the ledger. */
export interface VerifiedPolicySet {
  readonly files: PolicySetFiles;
  /** D(T) of the files. */
  readonly digest: string;
  readonly decide: ((input: DecisionInput) => Decision) | null;
  /** Made when it is first asked for: few ledgers have model calls. */
  readonly judgeModelCall: () => ReturnType<MakeModelJudge>;
}

/** The policy sets of a ledger by their trees, each read once. */
export class VerifiedPolicySets {
  readonly #reader: ObjectReader;
  readonly #evaluator: MakeEvaluator;
  readonly #modelJudge: MakeModelJudge;
  readonly #known = new Map<string, VerifiedPolicySet | MirrorError>();

  constructor(reader: ObjectReader, evaluator: MakeEvaluator, modelJudge: MakeModelJudge) {
    this.#reader = reader;
    this.#evaluator = evaluator;
    this.#modelJudge = modelJudge;
  }

  /** Gives the policy set of a tree, or why it cannot be read. */
  async of(tree: string): Promise<VerifiedPolicySet | MirrorError> {
    const known = this.#known.get(tree);
    if (known !== undefined) return known;
    const read = await readable(async () => {
      const files = await readPolicySet(this.#reader, tree);
      let judge: ReturnType<MakeModelJudge> | undefined;
      const judgeModelCall = (): ReturnType<MakeModelJudge> => {
        if (judge === undefined) judge = this.#modelJudge(files);
        return judge;
      };
      return { files, digest: policySetDigest(files), decide: this.#evaluator(files), judgeModelCall };
    });
    this.#known.set(tree, read);
    return read;
  }
}

/** Decides a recorded call again: the same, or sealed and really stricter (TRUST R1, R2), or it differs. */
export function replay(
  { input, decision, replay }: DecisionBody,
  policySet: VerifiedPolicySet,
  report: Report,
): "replayed" | "sealed" | "differs" {
  if (policySet.decide === null) {
    report("decision-differs", "nothing can be decided by its policy set");
    return "differs";
  }
  const again = policySet.decide(input);
  if (replay === "sealed") {
    if (isStricter(decision.verdict, again.verdict)) return "sealed";
    report(
      "decision-differs",
      `it is sealed, but deciding again gives \`${again.verdict}\`, which is as strict`,
    );
    return "differs";
  }
  if (canonicalJson(again) === canonicalJson(decision)) return "replayed";
  const other = again.verdict === decision.verdict ? "other reasons" : `\`${again.verdict}\``;
  report("decision-differs", `it says \`${decision.verdict}\`; deciding again gives ${other}`);
  return "differs";
}

/** Judges a recorded model call again: reserved where the budgets had enough left, refused for the same reason where not. */
export function replayModelCall(call: SpendBody, policySet: VerifiedPolicySet, report: Report): void {
  if (call.what === "settled") return;
  const judge = policySet.judgeModelCall();
  if (judge === null) {
    report("decision-differs", "nothing can be decided by its policy set");
    return;
  }
  const reason = judge(call);
  if (call.what === "reported") {
    if (reason !== null) report("spend-differs", reason);
    return;
  }
  if (reason === call.reason && (reason === null) === (call.what === "reserved")) return;
  const again = reason === null ? "it may be made" : `it is refused: ${reason}`;
  report("decision-differs", `it says that a model call is ${call.what}; judging it again, ${again}`);
}
