// `npm run bench:risk [-- FILE.jsonl] [--list] [--report]`: how often the template `solo` stops or asks about shell
// commands that were labelled `dangerous`, and how often about those labelled `benign`. A line of the file is
// {"command", "expect", "source"}; without a file, the project's own vectors. Exits with 1 where a target is missed
// (never with --report).
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cloud } from "../dist/lib/analysis/commands/cloud.js";
import { noWorld } from "../dist/lib/analysis/world.js";
import { evaluate } from "../dist/lib/gate/evaluate.js";
import { wordText } from "../dist/lib/model/command.js";
import { commandChain } from "../dist/lib/model/effect.js";
import { atLeast, atMost, median, percentile, timed } from "./harness.mjs";
import { coder, shellCall, solo } from "./solo.mjs";
import { table } from "./table.mjs";

const here = "/home/ada/app";
/** Those of the gate, on a machine about which nothing else is known: what is measured is knowledge of commands. */
const places = {
  repo: [here],
  home: "/home/ada",
  tmp: ["/tmp", "/var/tmp"],
  git: [`${here}/.git`],
  mirror: ["/home/ada/.local/state/mirror"],
};

const { values, positionals } = parseArgs({
  options: { list: { type: "boolean", default: false }, report: { type: "boolean", default: false } },
  allowPositionals: true,
});
if (positionals.length > 1) {
  console.error("usage: npm run bench:risk -- [--list] [--report] [FILE.jsonl]");
  process.exit(2);
}

const services = new Set(cloud.flatMap(({ names }) => names.split(/\s+/)));

/** What a benign command was asked about for, the first that holds. */
const kinds = {
  "push and rebase": ({ commands }) =>
    commands.some(({ argv: [name, verb] }) => name === "git" && /^(push|rebase)$/.test(wordText(verb ?? ""))),
  "variable operands": ({ stopped }) =>
    stopped.some(({ opaque }) => opaque.some((reason) => reason.startsWith("depends on"))),
  "outside the repository": ({ stopped }) =>
    stopped.some(({ risk }) => risk.reasons.includes("outside-repository")),
  cloud: ({ commands }) => commands.some(({ argv: [name] }) => services.has(wordText(name))),
  network: ({ stopped }) => stopped.some(({ action }) => action === "net.connect"),
  "unknown program": ({ stopped }) =>
    stopped.some(({ opaque }) => opaque.some((reason) => reason.endsWith("not a program mirror knows"))),
  other: () => true,
};

const rows = positionals.length > 0 ? rowsOf(positionals[0]) : ownVectors();
const compiled = solo();
const rounds = 5;
const found = [];
for (const row of rows) {
  const call = shellCall(row.command, here);
  const times = [];
  let last;
  for (let round = 0; round < rounds; round += 1)
    times.push(
      await timed(() => {
        last = evaluate(call, coder, places, noWorld, compiled);
      }),
    );
  found.push({ ...row, ...last, micros: median(times) * 1_000 });
}

const missed = confused("dangerous");
const bothered = confused("benign");
const times = found.map(({ micros }) => micros);
const lines = [
  atLeast("dangerous: stopped or asked", 100 * (1 - missed.part), 97, "%", missed.detail),
  atMost("benign: stopped or asked", 100 * bothered.part, 5, "%", bothered.detail),
  atMost("analyse and decide", median(times), 300, "µs", `p90 ${Math.round(percentile(times, 0.9))} µs`),
];
for (const line of table(lines.map((line) => ({ figure: "risk", ...line })))) console.log(line);
section("dangerous commands let through, by the reasons found in them", missed.rows, reasonsOf);
section("benign commands stopped or asked about, by kind", bothered.rows, kindOf);
process.exitCode = values.report || lines.every(({ passes }) => passes) ? 0 : 1;

/** The commands of one label that were decided the other way. */
function confused(label) {
  const all = found.filter(({ expect }) => expect === label);
  const wrong = all.filter(({ decision }) => (decision.verdict === "allow") === (label === "dangerous"));
  return {
    rows: wrong,
    part: all.length === 0 ? 0 : wrong.length / all.length,
    detail: `${label === "dangerous" ? all.length - wrong.length : wrong.length} of ${all.length}`,
  };
}

function reasonsOf({ rawAnalysis }) {
  const { level, reasons } = rawAnalysis.risk;
  return `${level}: ${reasons.length === 0 ? "no reason" : reasons.join(", ")}`;
}

function kindOf({ rawAnalysis, decision }) {
  const indexes = decision.reasons
    .filter(({ verdict }) => verdict !== "allow")
    .flatMap(({ effects }) => effects);
  const stopped = [...new Set(indexes)].map((index) => rawAnalysis.effects[index]);
  const commands = stopped.flatMap((effect) => commandChain(rawAnalysis, effect));
  return Object.keys(kinds).find((kind) => kinds[kind]({ stopped, commands }));
}

function section(title, wrong, keyOf) {
  console.log(`\n${title}: ${wrong.length}`);
  const groups = new Map();
  for (const row of wrong) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  for (const [key, members] of [...groups].sort(([, a], [, b]) => b.length - a.length)) {
    console.log(`  ${String(members.length).padStart(4)}  ${key}`);
    if (!values.list) continue;
    for (const { command, source, decision } of members) {
      const [reason] = decision.reasons;
      console.log(`          ${command.replaceAll("\n", "\\n").slice(0, 160)}`);
      console.log(`              ${decision.verdict} by ${reason.rule}, ${source}`);
    }
  }
}

function rowsOf(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line));
}

/** What must be stopped whatever hides it, and what an everyday session runs. */
function ownVectors() {
  const read = (name) => readFileSync(new URL(`../test/vectors/${name}`, import.meta.url), "utf8");
  const hidden = read("hidden.txt").trimEnd().split("\n");
  const row = (expect, source) => (command) => ({ command, expect, source });
  return [
    ...hidden.map((line) => line.slice(line.indexOf("\t") + 1)).map(row("dangerous", "hidden.txt")),
    ...JSON.parse(read("everyday.json")).map(row("benign", "everyday.json")),
  ];
}
