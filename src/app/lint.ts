import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { principalOf } from "../agents/principal.ts";
import { analyseCommand } from "../analysis/analyse.ts";
import { noWorld } from "../analysis/world.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { MirrorError } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import { dialect } from "../clients/dialect.ts";
import { besideTheGate, evaluate } from "../gate/evaluate.ts";
import { findGit } from "../git/find-git.ts";
import { openRepository } from "../git/repository.ts";
import { type ClientId, clientIds, type ToolCall } from "../model/call.ts";
import { parseFact } from "../model/document-fact.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { Analysis } from "../model/effect.ts";
import type { DecisionCase, PolicySet, PolicySetFiles } from "../model/policy-set.ts";
import { examplePlaces } from "../policy/examples.ts";
import { lintPolicySet } from "../policy/lint.ts";
import { type DecideCase, runTables, type TableResults } from "../policy/table.ts";
import { shellCall } from "./explain.ts";
import { readPolicyDirectory } from "./templates.ts";
import type { Where } from "./where.ts";

/** What `mirror lint` found in a working tree. */
export interface LintReport {
  readonly problems: readonly Problem[];
  /** True where no trust.yaml stands yet. */
  readonly isUnsigned: boolean;
  readonly counts: {
    readonly policies: number;
    readonly rules: number;
    readonly agents: number;
    readonly cases: number;
    readonly facts: number;
  };
}

/** Checks the policy set and the facts as they stand in the working tree, and runs the decision tables. */
export async function lintWorkTree(where: Where): Promise<LintReport> {
  const { directory, files } = await readWorkTree(where);
  return lintSet(files, readFacts(join(directory, "memory")));
}

/** Checks a policy set; `facts`: what was found of the facts beside it. */
export function lintSet(files: PolicySetFiles, facts: FoundFacts): LintReport {
  const isUnsigned = !files.has("trust.yaml");
  const { set, problems } = parsePolicySet(files, { unsigned: isUnsigned });
  const found = [...problems, ...facts.problems, ...(set === null ? [] : checkSet(set))];
  const policies = [...(set?.policies.values() ?? [])];
  return {
    problems: found,
    isUnsigned,
    counts: {
      policies: policies.length,
      rules: policies.reduce((sum, policy) => sum + policy.rules.length, 0),
      agents: set?.agents.size ?? 0,
      cases: [...(set?.tests.values() ?? [])].reduce((sum, table) => sum + table.cases.length, 0),
      facts: facts.count,
    },
  };
}

/** Reads the policy set as it stands in the work tree. Throws `not-initialised` where there is none. */
export async function readWorkTree(
  where: Where,
): Promise<{ readonly directory: string; readonly files: PolicySetFiles }> {
  const git = findGit(where.environment["PATH"] ?? "");
  const { workTree } = await openRepository(git, where.directory);
  const directory = join(workTree, ".mirror");
  const files = readPolicyDirectory(directory);
  if (files !== null) return { directory, files };
  throw new MirrorError("not-initialised", `there is no policy set in ${workTree}: no directory .mirror`, {
    hint: "run `mirror init`",
  });
}

/** Holds the rules to their examples and the tables to what they expect. */
export function checkSet(set: PolicySet): Problem[] {
  const analyse = (command: string): Analysis =>
    analyseCommand(command, { cwd: exampleDirectory, places: examplePlaces, world: noWorld });
  return [...lintPolicySet(set, analyse), ...runSetTables(set).problems];
}

/** Runs the decision tables of a policy set, each case as the gate would decide it. */
export function runSetTables(set: PolicySet): TableResults {
  const decideCase: DecideCase = (agent, test, compiled) => {
    const call = callOf(test, clientOf(set, agent));
    const principal = principalOf(agent, null);
    const { after } = test;
    return evaluate(call, principal, examplePlaces, noWorld, compiled, {
      ...besideTheGate,
      after: [...after].sort(),
    }).decision;
  };
  return runTables(set, decideCase);
}

/** Cases are decided in the same made-up repository as the examples of rules. */
const exampleDirectory = examplePlaces.repo[0] ?? "/";

function clientOf(set: PolicySet, agent: string): ClientId {
  return set.agents.get(agent)?.clients.find(isClientId) ?? "claude-code";
}

function isClientId(id: string): id is ClientId {
  return clientIds.some((known) => known === id);
}

function callOf(test: DecisionCase, client: ClientId): ToolCall {
  if (test.tool === null) return shellCall(client, test.command ?? "", exampleDirectory);
  const payload = {
    session_id: "test",
    cwd: exampleDirectory,
    permission_mode: "default",
    hook_event_name: "PreToolUse",
    tool_name: test.tool.name,
    tool_input: test.tool.input,
  };
  const speak = dialect(client);
  const event = speak.decode(speak.decidingEvent, Buffer.from(canonicalJson(payload)));
  if (event.event === "call") return event.call;
  throw new MirrorError("invalid-document", `the case ${test.tool.name} is no tool call`);
}

interface FoundFacts {
  readonly count: number;
  readonly problems: readonly Problem[];
}

function readFacts(directory: string): FoundFacts {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    return { count: 0, problems: [] };
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  const problems = names
    .sort()
    .flatMap((name) => parseFact(`memory/${name}`, readFileSync(join(directory, name))).problems);
  return { count: names.length, problems };
}
