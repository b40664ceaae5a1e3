// How long a person waits for a command, as ratios to `node -e 0`. The daemon runs, as it does where an agent works.
import { atMost, paired } from "../harness.mjs";
import { withGoverned } from "../scratch.mjs";

export async function measure(rounds) {
  return await withGoverned(async (governed) => {
    governed.hook().ask();
    const taken = await paired(rounds, {
      node: () => governed.node("-e", "0"),
      version: () => governed.mirror("--version"),
      status: () => governed.mirror("status"),
    });
    const line = (what, subject, most) => {
      const times = [subject, "node"].map((name) => `${taken.median(name).toFixed(1)} ms`);
      const detail = `${times.join(" against ")}, node -e 0`;
      return atMost(what, taken.ratio(subject, "node"), most, "x", detail);
    };
    return [line("mirror --version", "version", 1.8), line("mirror status", "status", 4)];
  });
}
