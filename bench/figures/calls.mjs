// What stands between a tool call's bytes and its decision: the analysis of the command, and every rule of the
// template `solo` over what it finds. One file of commands a line as JSON, {"command": …}; without one, the project's
// own vectors.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { thisMachine } from "../../dist/lib/app/machine.js";
import { evaluate } from "../../dist/lib/gate/evaluate.js";
import { parsePolicySet } from "../../dist/lib/model/documents.js";
import { compilePolicySet } from "../../dist/lib/policy/compile.js";
import { atMost, median, percentile, timed } from "../harness.mjs";

const shared = "/work/shared/data/commands-dev.jsonl";
const root = new URL("../../", import.meta.url);

/** Asked in this very work tree, with its scripts and its files. */
const here = fileURLToPath(root).replace(/\/$/, "");
const places = {
  repo: [here],
  home: "/home/ada",
  tmp: ["/tmp"],
  git: [`${here}/.git`],
  mirror: ["/home/ada/.local/state/mirror"],
};

export async function measure(rounds, file) {
  const { commands, name } = commandsOf(file);
  const compiled = solo();
  const principal = { agent: "coder", subagent: null };
  const calls = commands.map((command) => ({
    client: "claude-code",
    tool: "Bash",
    session: "bench",
    callId: null,
    subagent: null,
    unattended: null,
    contents: [],
    cwd: here,
    input: { kind: "shell", command },
    raw: "",
  }));
  const times = calls.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, call] of calls.entries()) {
      const time = await timed(() => evaluate(call, principal, places, thisMachine, compiled, () => []));
      if (round >= 0) times[index].push(time * 1_000);
    }
  }
  const each = times.map(median);
  const detail = `${commands.length} commands of ${name}; p90 ${Math.round(percentile(each, 0.9))} µs`;
  return [atMost("analyse and decide one command", median(each), 300, "µs", detail)];
}

function commandsOf(file) {
  const path = file ?? (existsSync(shared) ? shared : null);
  if (path === null) {
    const text = readFileSync(new URL("test/vectors/everyday.json", root), "utf8");
    return { commands: JSON.parse(text), name: "test/vectors/everyday.json" };
  }
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return { commands: lines.map((line) => JSON.parse(line).command), name: path.replace(/^.*\//, "") };
}

function solo() {
  const read = (path) => readFileSync(new URL(`templates/solo/${path}`, root));
  const binding = "version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n";
  const files = new Map([
    ["mirror.yaml", read("mirror.yaml")],
    ["policies/base.yaml", read("policies/base.yaml")],
    ["agents/coder.yaml", Buffer.from(binding)],
  ]);
  return compilePolicySet(parsePolicySet(files, { unsigned: true }).set);
}
