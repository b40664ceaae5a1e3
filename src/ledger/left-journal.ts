import { MirrorError } from "../base/errors.ts";
import { readSegment } from "./frame.ts";
import type { JournalFiles } from "./journal-files.ts";
import { type PlacedRecord, placed } from "./stand.ts";

/**
 * Reads every record of a journal whose ledger cannot be opened, and changes nothing. A last frame that was never
 * whole is passed over, as at opening: nobody was answered on it.
 *
 * Throws `ledger-corrupt`, with the segment and the receipts that cannot be read, where it was damaged.
 */
export async function readLeftJournal(files: JournalFiles): Promise<PlacedRecord[]> {
  const names = await files.list();
  const all: PlacedRecord[] = [];
  for (const [index, name] of names.entries()) {
    const { records, end } = readSegment(await files.read(name));
    all.push(...records.map(placed));
    if (end === "damaged" || (end === "torn" && index < names.length - 1)) {
      throw damaged(name, (all.at(-1)?.position.seq ?? Number.parseInt(name, 10) - 1) + 1, names[index + 1]);
    }
  }
  return all;
}

function damaged(segment: string, first: number, next: string | undefined): MirrorError {
  const last = next === undefined ? "on" : `to ${Number.parseInt(next, 10) - 1}`;
  return new MirrorError(
    "ledger-corrupt",
    `the journal's segment \`${segment}\` is damaged: receipts from ${first} ${last} cannot be read, and git does not have them`,
    {
      data: { segment, first },
      hint: "put that file back from a backup of MIRROR_HOME; nothing was changed, and nothing runs until then",
    },
  );
}
