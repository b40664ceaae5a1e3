import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type JournalRecord, readSegment } from "../../src/ledger/frame.ts";
import { Journal } from "../../src/ledger/journal.ts";
import { journalFiles } from "../../src/ledger/journal-files.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { systemError } from "./faults.ts";

const record = (seq: number, size = 30): JournalRecord => ({
  seq,
  objects: [
    { type: "blob", data: Buffer.alloc(size, seq) },
    { type: "commit", data: Buffer.from(`commit ${seq}`) },
  ],
});

async function recordsOf(directory: string): Promise<number[]> {
  const journal = await Journal.open(journalFiles(directory));
  const records = await Promise.all(journal.segments.map((name) => journal.read(name)));
  return records.flat().map(({ seq }) => seq);
}

async function written(directory: string, ...batches: number[][]): Promise<string> {
  const journal = await Journal.open(journalFiles(directory));
  for (const batch of batches) await journal.write(batch.map((seq) => record(seq)));
  await journal.close();
  return join(directory, readdirSync(directory).at(-1) ?? "");
}

test("records come back in order, over segments, until they are removed", async () => {
  const directory = scratchDirectory();
  const journal = await Journal.open(journalFiles(directory));
  await journal.write([record(0), record(1)]);
  await journal.seal();
  await journal.write([record(2)]);
  await journal.close();
  expect(readdirSync(directory)).toEqual(["0000000000.journal", "0000000002.journal"]);
  expect(await recordsOf(directory)).toEqual([0, 1, 2]);
  const again = await Journal.open(journalFiles(directory));
  const [first = ""] = again.segments;
  expect((await again.read(first))[1]).toEqual(record(1));
  await again.remove(first);
  expect(await recordsOf(directory)).toEqual([2]);
});

test("a journal cut at any byte loses the frame that is cut, and no other", async () => {
  const directory = scratchDirectory();
  const path = await written(directory, [0], [1, 2], [3]);
  const bytes = readFileSync(path);
  const ends = [0, 1, 2].map((index) => bytes.indexOf("\0MJ\x01", index === 0 ? 1 : 0, "latin1"));
  expect(ends[0]).toBeGreaterThan(0);
  const starts: number[] = [];
  for (let at = 0; at >= 0; at = bytes.indexOf("\0MJ\x01", at + 1, "latin1")) starts.push(at);
  const [, second = 0, third = 0] = starts;
  for (let length = 0; length <= bytes.length; length += 1) {
    writeFileSync(path, bytes.subarray(0, length));
    const expected =
      length < second ? [] : length < third ? [0] : length < bytes.length ? [0, 1, 2] : [0, 1, 2, 3];
    expect(await recordsOf(directory), `${length} bytes`).toEqual(expected);
    // It is cut for good: opening it again finds nothing to mend.
    expect(await recordsOf(directory)).toEqual(expected);
  }
});

test("bytes that never reached the disk at the end are cut; damage before a good frame is named", async () => {
  const directory = scratchDirectory();
  const path = await written(directory, [0], [1], [2]);
  const bytes = readFileSync(path);
  const last = bytes.lastIndexOf("\0MJ\x01", undefined, "latin1");
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 0x40, at);
    writeFileSync(path, flipped);
    if (at >= last) expect(await recordsOf(directory), `byte ${at}`).toEqual([0, 1]);
    else await expect(recordsOf(directory), `byte ${at}`).rejects.toMatchObject({ code: "ledger-corrupt" });
  }
  // A file that was made longer, its pages never written.
  writeFileSync(path, Buffer.concat([bytes.subarray(0, last), Buffer.alloc(4_096)]));
  expect(await recordsOf(directory)).toEqual([0, 1]);
});

test("a segment has room for more, and the zeros there are taken for no frame, whole or torn", async () => {
  const directory = scratchDirectory();
  const journal = await Journal.open(journalFiles(directory));
  await journal.write([record(0)]);
  const path = join(directory, "0000000000.journal");
  const { size } = statSync(path);
  await journal.write([record(1)]);
  // What a gate leaves that is killed.
  const left = readFileSync(path);
  expect(left.length).toBe(size);
  await journal.write([record(2, size)]);
  await journal.close();
  expect(await recordsOf(directory)).toEqual([0, 1, 2]);
  writeFileSync(path, left);
  writeFileSync(join(directory, "0000000002.journal"), "");
  expect(await recordsOf(directory)).toEqual([0, 1]);
  writeFileSync(path, left.fill(0, left.lastIndexOf("commit 1")));
  expect(await recordsOf(directory)).toEqual([0]);
});

test("a segment is begun before it is needed, once, and nothing is left of one that was not", async () => {
  const directory = scratchDirectory();
  const journal = await Journal.open(journalFiles(directory));
  await journal.begin(0);
  await journal.begin(0);
  await journal.seal();
  expect([readdirSync(directory), journal.segments]).toEqual([["0000000000.journal"], []]);
  await journal.write([record(0)]);
  await journal.seal();
  await journal.begin(1);
  expect(readdirSync(directory)).toEqual(["0000000000.journal", "0000000001.journal"]);
  // A gate that is killed leaves it; the next one begins it again.
  expect(await recordsOf(directory)).toEqual([0]);
  expect(readdirSync(directory)).toEqual(["0000000000.journal"]);
  const next = await Journal.open(journalFiles(directory));
  await next.begin(1);
  await next.close();
  expect(readdirSync(directory)).toEqual(["0000000000.journal"]);
});

test("a torn segment that is not the last is damage", async () => {
  const directory = scratchDirectory();
  const path = await written(directory, [0], [1]);
  writeFileSync(path, readFileSync(path).subarray(0, -1));
  writeFileSync(join(directory, "0000000002.journal"), "");
  await expect(recordsOf(directory)).rejects.toMatchObject({ code: "ledger-corrupt" });
});

test("a full disk refuses a write, and later ones work", async () => {
  const directory = scratchDirectory();
  const files = journalFiles(directory);
  let fail: "write" | "sync" | null = null;
  let cut = true;
  const journal = await Journal.open({
    ...files,
    async create(name) {
      const file = await files.create(name);
      return {
        ...file,
        async write(bytes, position) {
          if (fail !== "write") return await file.write(bytes, position);
          await file.write(bytes.subarray(0, 20), position);
          throw systemError("ENOSPC");
        },
        async sync() {
          if (fail === "sync") throw systemError("EIO");
          await file.sync();
        },
        async truncate(length) {
          if (!cut) throw systemError("EIO");
          await file.truncate(length);
        },
      };
    },
  });
  await journal.write([record(0)]);
  fail = "write";
  await expect(journal.write([record(1)])).rejects.toMatchObject({
    code: "ledger-unwritable",
    hint: "make room on the disk",
  });
  fail = "sync";
  await expect(journal.write([record(1)])).rejects.toMatchObject({ code: "ledger-unwritable" });
  // Also where it could not be cut back at once.
  cut = false;
  await expect(journal.write([record(1)])).rejects.toMatchObject({ code: "ledger-unwritable" });
  fail = null;
  await expect(journal.write([record(1)])).rejects.toMatchObject({ code: "ledger-unwritable" });
  cut = true;
  await journal.write([record(1)]);
  await journal.close();
  expect(await recordsOf(directory)).toEqual([0, 1]);
});

test("a segment that has grown long is followed by another", async () => {
  const directory = scratchDirectory();
  const journal = await Journal.open(journalFiles(directory));
  await journal.write([record(0, 9_000_000)]);
  expect(journal.segments).toHaveLength(1);
  await journal.write([record(1)]);
  await journal.close();
  expect(await recordsOf(directory)).toEqual([0, 1]);
});

const misplaced: Readonly<Record<string, (path: string) => void>> = {
  "tidied away": (path) => rmSync(path),
  "moved away": (path) => renameSync(path, `${path}.bak`),
  "replaced by a copy of itself": (path) => {
    const bytes = readFileSync(path);
    rmSync(path);
    writeFileSync(path, bytes);
  },
};

test.each(Object.entries(misplaced))(
  "a begun segment that somebody has %s is begun again before it is written to",
  async (_what, misplace) => {
    const directory = scratchDirectory();
    const path = join(directory, "0000000000.journal");
    const journal = await Journal.open(journalFiles(directory));
    await journal.begin(0);
    misplace(path);
    await journal.write([record(0)]);
    // As a process that is killed leaves it.
    expect(readSegment(readFileSync(path)).records.map(({ seq }) => seq)).toEqual([0]);
    await journal.close();
  },
);

test("a file that is not ours is not written over", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "0000000000.journal");
  const journal = await Journal.open(journalFiles(directory));
  writeFileSync(path, "x");
  await expect(journal.write([record(0)])).rejects.toMatchObject({ code: "ledger-corrupt" });
  expect(readFileSync(path, "utf8")).toBe("x");
});
