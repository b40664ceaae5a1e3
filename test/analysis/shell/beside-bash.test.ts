import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyseCommand } from "../../../src/analysis/analyse.ts";
import { isOpaque, uncovered } from "./fuzz/covered.ts";
import { script } from "./fuzz/grammar.ts";
import { hasSandbox, type Ran, Sandbox, world } from "./fuzz/sandbox.ts";
import { places } from "./render.ts";

// Random scripts are analysed, and then run by bash itself where every program is a stub that leaves a record. What ran
// and what was written must be among the effects, or the call opaque. `npm run test:long` takes many more scripts.

const long = process.env["MIRROR_TEST_LONG"] === "1";
const first = Number(process.env["MIRROR_TEST_SEED"] ?? 1);
const size = 250;
const seeds = Array.from({ length: long ? 200 : 3 }, (_, index) => first + index);

const analyse = (text: string) => analyseCommand(text, { cwd: "/repo", places, world });

describe.runIf(hasSandbox)("beside bash", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.remove());

  /** Makes the failing script as small as it can be, and says what is wrong with it. */
  function explain(seed: number, index: number): string {
    const fails = (text: string) =>
      sandbox.run([text]).some((ran) => uncovered(ran, analyse(text)).length > 0);
    const property = fc.property(script, (text) => !fails(text));
    const again = { seed, path: String(index), numRuns: 1, interruptAfterTimeLimit: 30_000 };
    const text = fc.check(property, again).counterexample?.[0];
    if (text === undefined) return `script ${index} of seed ${seed} failed once, and not again`;
    const [ran] = sandbox.run([text]);
    const commands = analyse(text).commands.map((command) => command.argv);
    const wrong = ran === undefined ? [] : uncovered(ran, analyse(text));
    return `${text}\n${wrong.join("\n")}\nanalysed as ${JSON.stringify(commands)}\nran ${JSON.stringify(ran)}`;
  }

  it.each(seeds)("what runs is among the effects, or the call is opaque: seed %i", (seed) => {
    const scripts = fc.sample(script, { numRuns: size, seed });
    const ran = sandbox.run(scripts);
    let held = 0;
    scripts.forEach((text, index) => {
      const analysis = analyse(text);
      const { accepted, started } = ran[index] as Ran;
      if (uncovered(ran[index] as Ran, analysis).length > 0) expect.fail(explain(seed, index));
      if (accepted && started.length > 0 && !isOpaque(analysis)) held += 1;
    });
    // Nothing would be compared if all were opaque.
    expect(held).toBeGreaterThan(size / 5);
  });
});
