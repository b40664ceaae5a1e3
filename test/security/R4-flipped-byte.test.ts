import { chmodSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { openObjectReader } from "../../src/git/objects.ts";
import { receiptPath } from "../../src/ledger/receipt-tree.ts";
import type { GitObject } from "../../src/model/git.ts";
import { decisionBody, filledLedger, type LedgerWorld, ledgerWorld } from "../ledger/ledger-world.ts";
import { verify } from "../ledger/verify-world.ts";

// TRUST R4: the signed message names the SHA-256 of the receipt, so that a signature covers more than SHA-1.
// That SHA-1 alone would let a collision through cannot be shown here: it takes one. What is shown is that a reader
// that believes any bytes under any name (as a collision would make it) is not believed by the signature's digest.

async function world(): Promise<LedgerWorld> {
  const made = await ledgerWorld();
  const { ledger } = await filledLedger(made, 2, () => decisionBody(["git", "push", "--force"]));
  await ledger.close();
  return made;
}

/** A reader that gives these bytes under this name: as if SHA-1 were no hash at all. */
function deceived(at: LedgerWorld, id: string, data: Uint8Array): LedgerWorld["reader"] {
  return {
    ...at.reader,
    read: async (wanted): Promise<GitObject> => {
      const object = await at.reader.read(wanted);
      return wanted === id ? { ...object, data } : object;
    },
    close: () => undefined,
  };
}

test("one flipped bit anywhere in a receipt's file is found, even by a reader that SHA-1 does not protect", async () => {
  const at = await world();
  const blob = at.scratch.git("rev-parse", `${at.ref}:${receiptPath(1)}`);
  const { data } = await at.reader.read(blob);
  for (let byte = 0; byte < data.length; byte += 7) {
    const flipped = Buffer.from(data);
    flipped.writeUInt8(flipped.readUInt8(byte) ^ 0x01, byte);
    const { ok } = await verify(at, { reader: deceived(at, blob, flipped) });
    expect(ok, `byte ${byte}`).toBe(false);
  }
});

test("one flipped bit anywhere in a receipt's commit is found, even by a reader that SHA-1 does not protect", async () => {
  const at = await world();
  const id = at.scratch.git("rev-parse", `${at.ref}~1`);
  const { data } = await at.reader.read(id);
  const armor = Buffer.from(data).indexOf("-----BEGIN");
  const armorEnd = Buffer.from(data).indexOf("-----END");
  for (let byte = 0; byte < data.length; byte += 5) {
    // Bits of the armor that its encoding does not use say nothing; the signature itself is checked.
    if (byte > armor && byte < armorEnd + 30) continue;
    const flipped = Buffer.from(data);
    flipped.writeUInt8(flipped.readUInt8(byte) ^ 0x01, byte);
    const { ok } = await verify(at, { reader: deceived(at, id, flipped) });
    expect(ok, `byte ${byte}: ${String.fromCharCode(data[byte] ?? 0)}`).toBe(false);
  }
});

test("one flipped bit in an object that is overwritten in place is found", async () => {
  const at = await world();
  const objects = join(at.repo.commonDir, "objects");
  for (const name of readdirSync(join(objects, "pack"))) {
    renameSync(join(objects, "pack", name), join(at.directory, name));
    if (!name.endsWith(".pack")) continue;
    at.scratch.gitWith({ input: readFileSync(join(at.directory, name)) }, "unpack-objects", "-q");
  }
  const ids = at.scratch.git("rev-parse", `${at.ref}~1`, `${at.ref}:${receiptPath(1)}`).split("\n");
  for (const id of ids) {
    const path = join(objects, id.slice(0, 2), id.slice(2));
    chmodSync(path, 0o644);
    const whole = readFileSync(path);
    const content = inflateSync(whole);
    for (let byte = content.indexOf(0) + 1; byte < content.length; byte += 61) {
      const flipped = Buffer.from(content);
      flipped.writeUInt8(flipped.readUInt8(byte) ^ 0x01, byte);
      writeFileSync(path, deflateSync(flipped));
      const reader = openObjectReader(at.repo);
      const { ok } = await verify(at, { reader });
      reader.close();
      expect(ok, `byte ${byte}`).toBe(false);
    }
    writeFileSync(path, whole);
  }
  expect(await verify(at)).toMatchObject({ ok: true });
});
