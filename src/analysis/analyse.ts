import { errorText } from "../base/errors.ts";
import type { ToolCall } from "../model/call.ts";
import type { Analysis, Effect } from "../model/effect.ts";
import type { Places } from "../model/places.ts";
import { combineRisks } from "../model/risk.ts";
import { understand } from "./commands/understand.ts";
import { assessFlow } from "./flow.ts";
import { risk } from "./path-risk.ts";
import { analyseShell, type ShellAnalysis } from "./shell/analyse-shell.ts";
import { analyseTool } from "./tools.ts";
import type { Surroundings } from "./understanding.ts";
import type { World } from "./world.ts";

/** Says what a tool call would do. Never throws: what cannot be analysed is one opaque effect that says why. */
export function analyse(call: ToolCall, places: Places, world: World): Analysis {
  return guarded(call.tool, () => {
    const surroundings: Surroundings = { places, world };
    if (call.input.kind === "shell") return inShell(call.input.command, call.cwd, surroundings);
    const effects = analyseTool(call, surroundings).map((draft): Effect => ({ ...draft, command: null }));
    return { commands: [], effects };
  });
}

/** Says what one shell command would do. */
export function analyseCommand(
  command: string,
  { cwd, places, world }: { readonly cwd: string; readonly places: Places; readonly world: World },
): Analysis {
  return guarded("shell", () => inShell(command, cwd, { places, world }));
}

function inShell(command: string, cwd: string, surroundings: Surroundings): ShellAnalysis {
  const real = surroundings.world.realPath(cwd) ?? cwd;
  return analyseShell(command, { cwd: real, environment: new Map() }, surroundings, understand);
}

/** The one place that catches: hostile input may find a mistake in the analysis, and must then still be decided. */
function guarded(tool: string, work: () => ShellAnalysis): Analysis {
  try {
    const { commands, effects } = work();
    if (effects.length === 0) return failed(tool, "the analysis found nothing");
    const assessed = assessFlow([...effects]);
    return { commands, effects: assessed, risk: combineRisks(assessed.map((effect) => effect.risk)) };
  } catch (error) {
    return failed(tool, `the analysis failed: ${errorText(error)}`);
  }
}

function failed(tool: string, reason: string): Analysis {
  const effect: Effect = {
    action: "unknown",
    resource: { kind: "tool", name: tool },
    opaque: [reason],
    command: null,
    risk: risk("high", "opaque"),
  };
  return { commands: [], effects: [effect], risk: effect.risk };
}
