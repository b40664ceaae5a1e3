import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Dialect } from "../../clients/dialect.ts";
import { hookSpeaker } from "../../clients/hook-command.ts";
import type { Environment } from "../home.ts";
import type { Findings } from "./finding.ts";
import type { SettingsRead } from "./settings-files.ts";

/** A forbidden call that was made through an installed hook, and what came of it. */
export interface Probe {
  readonly agent: string;
  readonly client: string;
  /** The settings file whose hook command was run. */
  readonly file: string;
  readonly workTree: string;
  /** `refused`: denied by a rule, with its receipt. `denied-by-failure`: denied because no gate could decide. */
  readonly outcome: "refused" | "denied-by-failure" | "not-refused";
  /** What the client would show. */
  readonly said: string;
  /** Number of the receipt it left; null for none. */
  readonly receipt: number | null;
}

/** Milliseconds the client waits for a hook, as the settings say. */
const patience = 60_000;

interface Shot {
  readonly agent: string;
  readonly command: string;
  readonly file: string;
  readonly workTree: string;
}

/**
 * Makes a call that no policy set permits through each installed hook command, as the client would: by `/bin/sh -c`,
 * in the work tree, with the environment that is there. Nothing is run but the hook.
 */
export async function fireProbes(
  dialect: Dialect,
  settings: readonly SettingsRead[],
  workTrees: readonly string[],
  environment: Environment,
  findings: Findings,
): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (const shot of shots(dialect, settings, workTrees)) {
    const probe = await fire(dialect, shot, environment);
    probes.push(probe);
    if (probe.outcome === "refused") continue;
    tell(probe, findings);
  }
  return probes;
}

function tell({ file, outcome, said }: Probe, findings: Findings): void {
  const mend = /`(mirror [^`]+)`/.exec(said)?.[1] ?? "mirror daemon status";
  if (outcome === "denied-by-failure") {
    findings.problem("hooks", {
      found: `every call through the hook in ${file} is refused, and leaves no receipt: ${said}`,
      why: "the gate cannot decide; nothing runs until it can",
      mend,
    });
  } else {
    findings.problem("hooks", {
      found: `a forbidden call through the hook in ${file} was not refused: ${said}`,
      why: "calls may run undecided and leave no receipt",
      mend,
    });
  }
}

/** Each command once; one that finds its state by the directory it runs in, once for each work tree. */
function shots(dialect: Dialect, settings: readonly SettingsRead[], workTrees: readonly string[]): Shot[] {
  const found = new Map<string, Shot>();
  for (const { file, hooks, workTree } of settings) {
    for (const { event, command } of hooks) {
      const agent = hookSpeaker(command, dialect.id);
      const tree = workTree ?? workTrees[0];
      if (event !== dialect.decidingEvent || agent === null || tree === undefined) continue;
      const key = command.includes(` ${agent} '' `) ? `${command}\n${tree}` : command;
      if (!found.has(key)) found.set(key, { agent, command, file, workTree: tree });
    }
  }
  return [...found.values()];
}

async function fire(dialect: Dialect, shot: Shot, environment: Environment): Promise<Probe> {
  const { agent, command, file, workTree } = shot;
  const payload = dialect.forbiddenCall({ session: "mirror-doctor", callId: randomUUID(), workTree });
  const ran = await runHook(command, workTree, environment, payload);
  const decision = ran.code === 0 ? dialect.decodeDecision(ran.stdout) : null;
  const receipt = /\[mirror show (\d+)\]$/.exec(decision?.reason ?? "")?.[1];
  const denied = decision?.verdict === "deny";
  const unanswered = ran.code === 2 ? "denied-by-failure" : "not-refused";
  return {
    agent,
    client: dialect.id,
    file,
    workTree,
    outcome: !denied ? unanswered : receipt === undefined ? "denied-by-failure" : "refused",
    said: decision === null ? silence(ran) : denied ? decision.reason : `the answer was ${decision.verdict}`,
    receipt: receipt === undefined ? null : Number(receipt),
  };
}

interface Ran {
  /** Null: it was stopped. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function silence({ code, stdout, stderr }: Ran): string {
  if (code === null) return `no answer within ${patience / 1_000} s`;
  const said = stderr.trim() || (code === 0 ? stdout.trim() : "");
  return `no decision (exit ${code})${said === "" ? "" : `: ${said.slice(0, 300)}`}`;
}

function runHook(command: string, cwd: string, environment: Environment, input: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", command], {
      cwd,
      env: { ...environment, CLAUDE_PROJECT_DIR: cwd },
      timeout: patience,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // A hook that does not read its input closes the pipe; what it answers is what counts.
    child.stdin.on("error", () => child.stdin.destroy());
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}
