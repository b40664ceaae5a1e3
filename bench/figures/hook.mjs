// How long a client waits for the gate: the hook command as it was installed, its receipt durable before the answer.
import { atMost, paired, percentile, timed } from "../harness.mjs";
import { withGoverned } from "../scratch.mjs";

const callers = 8;
/** Stays below what a socket answers in one burst (TRUST H3). */
const mostCalls = 400;
/** Calls after which V8 has compiled what every call runs: an agent's first minutes. */
const warming = 50;

export async function measure(rounds) {
  return await withGoverned(async (governed) => {
    const { ask, askBeside } = governed.hook();
    const node = () => governed.node("-e", "0");
    for (let call = 0; call < warming; call += 1) ask();
    const warm = await paired(rounds, { node, hook: ask });
    const each = Math.min(Math.ceil(mostCalls / callers), rounds * 2);
    const times = (
      await Promise.all(
        Array.from({ length: callers }, async () => {
          const own = [];
          for (let call = 0; call < each; call += 1) own.push(await timed(askBeside));
          return own;
        }),
      )
    ).flat();
    const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
    const stopped = async () => {
      governed.stopDaemon();
      return await timed(ask);
    };
    const cold = await paired(rounds, { node, hook: stopped });
    const against = (taken) => `${ms(taken.median("hook"))} against ${ms(taken.median("node"))}, node -e 0`;
    return [
      atMost("daemon warm, receipt durable", warm.ratio("hook", "node"), 0.65, "x", against(warm)),
      atMost("p99 of 8 parallel callers", p99 / p50, 3, "x", `${ms(p99)} against ${ms(p50)}, their p50`),
      atMost("no daemon running", cold.ratio("hook", "node"), 5, "x", against(cold)),
    ];
  });
}

const ms = (time) => `${time.toFixed(1)} ms`;
