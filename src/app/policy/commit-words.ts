import type { Lineage } from "../../model/lineage.ts";
import { readApproval, readSettlement } from "../../trust/statement.ts";
import { keysBeginning } from "../../trust/trailers.ts";
import type { Objection } from "./moved-ref.ts";
import { short } from "./moved-ref.ts";

/**
 * Says which lines of a message that git is about to commit look like mirror's and will not count. `holds` is what is
 * approved now, `digest` that of the commit's own policy set (null: none). Whether it will be signed cannot be seen yet.
 */
export function objectionsToWords(text: string, holds: Lineage, digest: string | null): Objection[] {
  const message = asCommitted(text);
  const keys = keysBeginning(message, "mirror-");
  const found: (Objection | null)[] = [];
  if (keys.has("mirror-approve") || keys.has("mirror-base")) {
    found.push(objectionToApproval(message, holds, digest));
  }
  if (keys.has("mirror-settle") && readSettlement(message) === null) {
    found.push({
      why: "its Mirror-Settle line settles nothing: expected one, in the last paragraph, with an epoch and two lineages",
      hint: "`mirror trust settle` writes it",
    });
  }
  const read = ["mirror-approve", "mirror-base", "mirror-settle"];
  for (const key of [...keys].filter((each) => !read.includes(each))) {
    found.push({
      why: `its \`${key}:\` line counts for nothing: in a commit made by hand mirror reads Mirror-Approve, Mirror-Base and Mirror-Settle`,
      hint: "leave it out",
    });
  }
  return found.filter((each) => each !== null);
}

function objectionToApproval(message: string, holds: Lineage, digest: string | null): Objection | null {
  const hint = "`mirror policy statement <branch>` prints the two lines for now";
  const said = readApproval(message);
  if (said === null) {
    const why =
      "its Mirror-Approve and Mirror-Base lines approve nothing: expected each once, in the last paragraph, as mirror prints them";
    return { why, hint };
  }
  if (said.lineage !== holds.lineage || said.epoch !== holds.epoch) {
    const [named, now] = [
      `epoch ${said.epoch} (lineage ${short(said.lineage)})`,
      `epoch ${holds.epoch} (${short(holds.lineage)})`,
    ];
    return { why: `its Mirror-Base line names ${named}, and ${now} holds: it approves nothing`, hint };
  }
  if (said.digest === digest) return null;
  const carried = digest === null ? "none" : short(digest);
  return {
    why: `its Mirror-Approve line names policy set ${short(said.digest)}, and the commit carries ${carried}: it approves nothing`,
    hint,
  };
}

/** What git keeps of a message that it gave to an editor: no comments, and nothing from the scissors on. */
function asCommitted(text: string): string {
  const [kept = ""] = text.split(/^# -+ >8 -+$/m);
  return kept
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
}
