// How fast a ledger is verified, against git's own look at its signatures, and whether memory grows with it.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withGpg } from "../gpg.mjs";
import { atLeast, atMost, cleanEnvironment, paired, timed } from "../harness.mjs";
import { decisionBody, makeLedger } from "../ledgers.mjs";
import { inScratch } from "../scratch.mjs";

const verifying = fileURLToPath(new URL("../verifying.mjs", import.meta.url));
/** At the first, caches and heap are full: what grows from there on would grow with the ledger. */
const [small, large] = [8_000, 20_000];
/** Commits git is asked about in a round: it looks at some hundred a second. */
const asked = 50;

export async function measure(rounds) {
  return await inScratch((top) =>
    withGpg(async (gpg) => {
      const ledger = await makeLedger(join(top, "ledger"));
      const keyFile = join(top, "gate.asc");
      writeFileSync(keyFile, ledger.publicFile);
      gpg.import(keyFile);
      const grow = async (from, to) => {
        for (let index = from; index < to; index += 50)
          await Promise.all(
            Array.from({ length: 50 }, (_, each) => ledger.append(decisionBody(index + each))),
          );
        await ledger.fold();
      };
      const verify = () => {
        const environment = { env: cleanEnvironment(), encoding: /** @type {const} */ ("utf8") };
        const args = [verifying, join(top, "ledger/repository"), ledger.genesis, keyFile];
        const found = JSON.parse(execFileSync(process.execPath, args, environment));
        if (!found.ok) throw new Error(`the ledger is not good: ${JSON.stringify(found)}`);
        return found;
      };
      await grow(0, small);
      const memory = verify().kilobytes;
      await grow(small, large);
      const more = verify().kilobytes;
      const log = () =>
        execFileSync("git", ["log", "--format=%G?", `-${asked}`, ledger.ref], {
          cwd: join(top, "ledger/repository"),
          env: { ...cleanEnvironment(), GNUPGHOME: gpg.directory, GIT_CONFIG_NOSYSTEM: "1" },
        });
      const taken = await paired(rounds, {
        git: async () => (await timed(log)) / asked,
        mirror: () => {
          const { receipts, milliseconds } = verify();
          return milliseconds / receipts;
        },
      });
      await ledger.close();
      const each = (name) => `${taken.median(name).toFixed(2)} ms`;
      return [
        atLeast(
          "commits verified a second",
          taken.ratio("git", "mirror"),
          20,
          "x as many",
          `${each("mirror")} each against ${each("git")}, git log --format=%G?`,
        ),
        atMost(
          `memory at ${large} receipts`,
          more / memory,
          1.25,
          "x",
          `${Math.round(more / 1024)} MB against ${Math.round(memory / 1024)} MB at ${small}`,
        ),
      ];
    }),
  );
}
