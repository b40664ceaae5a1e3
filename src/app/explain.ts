import { principalOf } from "../agents/principal.ts";
import type { World } from "../analysis/world.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { MirrorError } from "../base/errors.ts";
import { dialect } from "../clients/dialect.ts";
import { evaluate, noOpenCalls } from "../gate/evaluate.ts";
import type { ClientId, ToolCall } from "../model/call.ts";
import type { Places } from "../model/places.ts";
import type { Risk } from "../model/risk.ts";
import type { Verdict } from "../model/verdict.ts";
import type { CompiledPolicySet } from "../policy/compile.ts";
import { type EffectSummary, summariseEffects } from "./log-entry.ts";

/** What would be decided of a call, and why. Its JSON is a contract with other programs. */
export interface Explanation {
  readonly decision: Verdict;
  readonly reasons: readonly { readonly rule: string; readonly verdict: Verdict; readonly message: string }[];
  readonly risk: Risk;
  readonly effects: readonly EffectSummary[];
  readonly opaque: boolean;
}

/** What an explanation stands on: the policy set in force and the machine as it is. */
export interface ExplainGround {
  readonly agent: string;
  readonly client: ClientId;
  readonly compiled: CompiledPolicySet;
  readonly places: Places;
  readonly world: World;
}

/** Explains one tool call. The same path the gate takes, without a receipt. */
export function explainCall(ground: ExplainGround, call: ToolCall): Explanation {
  const principal = principalOf(ground.agent, call.subagent?.type ?? null);
  const { decision, rawAnalysis } = evaluate(
    call,
    principal,
    ground.places,
    ground.world,
    ground.compiled,
    noOpenCalls,
  );
  return {
    decision: decision.verdict,
    reasons: decision.reasons.map(({ rule, verdict, message }) => ({ rule, verdict, message })),
    risk: rawAnalysis.risk,
    effects: summariseEffects(rawAnalysis),
    opaque: rawAnalysis.effects.some((effect) => effect.opaque.length > 0),
  };
}

/** Explains one hook payload as the client sends it. A payload that cannot be read is a deny, as at the gate. */
export function explainPayload(ground: ExplainGround, payload: Uint8Array): Explanation {
  try {
    const event = dialect(ground.client).decode("", payload);
    if (event.event === "call") return explainCall(ground, event.call);
    throw new MirrorError("malformed-payload", "the payload is no tool call, expected a PreToolUse event");
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return {
      decision: "deny",
      reasons: [{ rule: `gate/${error.code}`, verdict: "deny", message: error.message }],
      risk: { level: "low", reasons: [] },
      effects: [],
      opaque: true,
    };
  }
}

/** Makes the tool call that a client's shell tool would make of a command. */
export function shellCall(client: ClientId, command: string, cwd: string): ToolCall {
  return {
    client,
    tool: "Bash",
    session: "explain",
    callId: null,
    cwd,
    subagent: null,
    unattended: null,
    timeout: 0,
    inBackground: false,
    contents: [],
    input: { kind: "shell", command },
    raw: canonicalJson({ command }),
  };
}
