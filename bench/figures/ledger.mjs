// What one durable receipt costs, against a signed commit as git makes it with gpg. On a real disk; a receipt counts
// when its append resolves, after fdatasync.
import { join } from "node:path";
import { withGpg } from "../gpg.mjs";
import { atLeast, atMost, paired, timed } from "../harness.mjs";
import { decisionBody, makeLedger, makeRepository } from "../ledgers.mjs";
import { inScratch } from "../scratch.mjs";

const alone = 20;
const callers = 8;
const each = 25;

export async function measure(rounds) {
  return await inScratch((top) =>
    withGpg(async (gpg) => {
      const { git } = makeRepository(join(top, "git"), { GNUPGHOME: gpg.directory });
      const ledger = await makeLedger(join(top, "ledger"));
      let index = 0;
      const append = async (times) => {
        for (let done = 0; done < times; done += 1) {
          index += 1;
          await ledger.append(decisionBody(index));
        }
      };
      const taken = await paired(rounds, {
        commit: () => {
          git("commit", "-q", `-S${gpg.fingerprint}`, "--allow-empty", "-m", "a commit");
        },
        one: async () => (await timed(() => append(alone))) / alone,
        many: async () => {
          const all = () => Promise.all(Array.from({ length: callers }, () => append(each)));
          return (await timed(all)) / (callers * each);
        },
        // Between answers the daemon folds; not a part of any answer.
        fold: () => ledger.fold(),
      });
      await ledger.close();
      const ms = (name) => `${taken.median(name).toFixed(2)} ms`;
      const baseline = `${ms("commit")}, git commit -S --allow-empty with gpg`;
      return [
        atMost(
          "one receipt, 1 caller",
          taken.ratio("one", "commit"),
          1 / 6,
          "x",
          `${ms("one")} against ${baseline}`,
        ),
        atLeast(
          `receipts a second, ${callers} callers`,
          taken.ratio("commit", "many"),
          25,
          "x as many",
          `${ms("many")} each against ${baseline}`,
        ),
      ];
    }),
  );
}
