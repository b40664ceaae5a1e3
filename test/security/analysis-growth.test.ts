import { expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { examplePlaces } from "../../src/policy/examples.ts";

// Texts that grow without end once they are worked through must not take the gate down with them.

const items = ["$", "{a[@]}"].join("");

test.each([
  ["a variable that doubles", `x=a; ${"x=$x$x; ".repeat(60)}echo $x`],
  ["an array that doubles", `a=(1 2); ${`a=("${items}" "${items}"); `.repeat(60)}echo "${items}"`],
  ["braces within braces", `echo ${"{a,b}".repeat(40)}`],
  ["a number that doubles", `x=1; ${"x=$((x+x))$x; ".repeat(60)}echo $x`],
  ["substitutions within substitutions", `${"echo $(".repeat(200)}true${")".repeat(200)}`],
])("%s ends", (_name, command) => {
  const analysis = analyseCommand(command, { cwd: "/repo", places: examplePlaces, world: noWorld });
  expect(analysis.effects.length).toBeGreaterThan(0);
  expect(JSON.stringify(analysis).length).toBeLessThan(4_000_000);
});
