// What keeps secrets out of the ledger: the time it takes for one call, commitments to what was taken included, and how
// much it finds on the lines that were written to measure it.
import { randomBytes } from "node:crypto";
import { analyseCommand } from "../../dist/lib/analysis/analyse.js";
import { redact } from "../../dist/lib/analysis/redact.js";
import { redactText } from "../../dist/lib/analysis/secret-text.js";
import { noWorld } from "../../dist/lib/analysis/world.js";
import { commitTo } from "../../dist/lib/ledger/commitment.js";
import { shellCommands } from "../commands.mjs";
import { atLeast, atMost, median, percentile, timed } from "../harness.mjs";
import { failures, secretLines } from "../secret-lines.mjs";

const places = { repo: ["/repo"], home: "/home/ada", tmp: ["/tmp"], git: ["/repo/.git"], mirror: [] };
const key = { localKey: randomBytes(32), random: randomBytes };
const seeds = [1, 2, 3, 4, 5];

const analysed = (command) => analyseCommand(command, { cwd: "/repo", places, world: noWorld });

export async function measure(rounds, file) {
  const { commands, name } = shellCommands(file);
  const sets = seeds.map(secretLines);
  const secret = sets[0].secrets.filter(({ isCommand }) => isCommand).map(({ text }) => text);
  const kept = ({ text, isCommand }) =>
    isCommand ? JSON.stringify(redact(analysed(text))) : redactText(text);
  const failed = sets.map((set) => failures(set, kept));
  const share = (of, lines) =>
    (100 * failed.reduce((sum, each) => sum + each[of].length, 0)) /
    sets.reduce((sum, set) => sum + set[lines].length, 0);
  const { secrets, benign } = sets[0];
  return [
    await perCall("redact one command", commands, rounds, name),
    await perCall("redact one that has a secret", secret, rounds, "test/vectors/secrets.json"),
    atLeast(
      "secrets found",
      100 - share("missed", "secrets"),
      95,
      "%",
      `${secrets.length} lines, ${seeds.length} seeds`,
    ),
    atMost(
      "lines taken for secrets",
      share("taken", "benign"),
      2,
      "%",
      `${benign.length} lines, ${seeds.length} seeds`,
    ),
  ];
}

async function perCall(what, commands, rounds, name) {
  const analyses = commands.map(analysed);
  const times = analyses.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, analysis] of analyses.entries()) {
      const time = await timed(() => {
        const removed = new Set();
        redact(analysis, ({ value }) => removed.add(value));
        for (const value of removed) commitTo(key, value);
      });
      if (round >= 0) times[index].push(time * 1_000);
    }
  }
  const each = times.map(median);
  const detail = `${commands.length} commands of ${name}; p99 ${Math.round(percentile(each, 0.99))} µs`;
  return atMost(what, median(each), 300, "µs", detail);
}
