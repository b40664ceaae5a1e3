// `npm run bench [-- <figure>…] [--rounds N] [--report]`: takes each figure in a process of its own, prints one
// table with what is wanted of each, and exits with 1 where one misses it (never with --report).
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cleanEnvironment } from "./harness.mjs";
import { table } from "./table.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const known = readdirSync(join(here, "figures")).map((name) => name.replace(/\.mjs$/, ""));
const { values, positionals } = parseArgs({
  options: {
    rounds: { type: "string", default: "31" },
    commands: { type: "string" },
    report: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const unknown = positionals.filter((name) => !known.includes(name));
if (!Number.isInteger(rounds) || rounds < 1 || unknown.length > 0) {
  console.error(`usage: npm run bench -- [--rounds N] [--report] [--commands FILE] [${known.join("|")}]…`);
  process.exit(2);
}

const lines = [];
for (const figure of positionals.length > 0 ? positionals : known) {
  const args = [join(here, "figure.mjs"), figure, String(rounds), values.commands ?? ""];
  const { status, stdout } = spawnSync(process.execPath, args, {
    env: { ...cleanEnvironment(), MIRROR_BENCH_SCRATCH: process.env.MIRROR_BENCH_SCRATCH },
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) {
    console.error(`the figure ${figure} could not be taken`);
    process.exit(1);
  }
  lines.push(...JSON.parse(stdout));
}
console.log(
  `${rounds} rounds, node ${process.version}; each ratio is the median of the rounds' own ratios\n`,
);
for (const line of table(lines)) console.log(line);
const missed = lines.filter(({ passes }) => !passes).length;
console.log(missed === 0 ? "\nEvery target is met." : `\n${missed} of ${lines.length} targets are missed.`);
process.exitCode = missed === 0 || values.report ? 0 : 1;
