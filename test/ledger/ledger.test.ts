import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/ledger.ts";
import { systemError } from "./faults.ts";
import { decisionBody, filledLedger, ledgerWorld, session } from "./ledger-world.ts";
import { verify } from "./verify-world.ts";

test("receipts are commits that stock git reads and checks", async () => {
  const world = await ledgerWorld();
  const { ledger, receipts } = await filledLedger(world, 20, () =>
    decisionBody(["git", "push", "--force", "origin", "main"]),
  );
  expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, index) => index));
  await ledger.close();
  const { git } = world.scratch;
  expect(git("rev-parse", world.ref)).toBe(receipts.at(-1)?.commit);
  expect(git("log", "-1", "--format=%s%n%an%n%ae%n%cn", world.ref).split("\n")).toEqual([
    "deny  shell.exec  git push --force origin main",
    "coder",
    "coder@agents.mirror.invalid",
    "gate-1",
  ]);
  git("fsck", "--strict", "--no-dangling");
  expect(git("ls-tree", "-r", "--name-only", world.ref, "receipts").split("\n")).toHaveLength(21);
  expect(git("show", `${world.ref}:policy-set/mirror.yaml`)).toBe("version: 1");
  expect(world.pin()).toEqual({ seq: 20, head: receipts.at(-1)?.commit, receipt: receipts.at(-1)?.digest });
});

test("a ledger that is opened again goes on where it stood", async () => {
  const world = await ledgerWorld();
  const first = await filledLedger(world, 17);
  await first.ledger.close();
  const ledger = await world.open();
  expect(ledger.position).toEqual(world.pin());
  const { seq } = await ledger.append(session("again"), world.context);
  expect(seq).toBe(18);
  await ledger.close();
  expect(world.scratch.git("rev-list", "--count", world.ref)).toBe("19");
});

test("time never runs backwards, whatever the clock does", async () => {
  const world = await ledgerWorld();
  const { ledger } = await filledLedger(world, 0);
  const first = ledger.last?.time ?? "";
  world.now -= 3_600_000;
  await ledger.append(session("earlier"), world.context);
  expect(ledger.last?.time).toBe(first);
  await ledger.close();
  const again = await world.open();
  await again.append(session("still earlier"), world.context);
  expect(again.last?.time).toBe(first);
  await again.close();
  expect(await verify(world)).toMatchObject({ ok: true });
});

test("a receipt that cannot be made concerns its caller alone", async () => {
  const world = await ledgerWorld();
  const { ledger } = await filledLedger(world, 0);
  const appends = ["a", "\ud800", "b"].map((name) => ledger.append(session(name), world.context));
  const results = await Promise.allSettled(appends);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await ledger.close();
  expect(await verify(world)).toMatchObject({ ok: true, receipts: 3 });
});

test("a full disk refuses appends, all that wait together, and none of them is in the ledger later", async () => {
  const world = await ledgerWorld();
  let full = false;
  const ledger = await world.open(({ files, store }) => ({
    store,
    files: {
      ...files,
      async create(name) {
        const file = await files.create(name);
        const write: typeof file.write = async (bytes, at) => {
          await file.write(full ? bytes.subarray(0, 99) : bytes, at);
          if (full) throw systemError("ENOSPC");
        };
        return { ...file, write };
      },
    },
  }));
  await ledger.append(world.genesis, world.context);
  full = true;
  const results = await Promise.allSettled(
    ["a", "b", "c"].map((name) => ledger.append(session(name), world.context)),
  );
  for (const result of results) {
    expect(result).toMatchObject({ reason: { code: "ledger-unwritable", hint: "make room on the disk" } });
  }
  full = false;
  const { seq } = await ledger.append(session("d"), world.context);
  expect(seq).toBe(1);
  await ledger.close();
  expect(await verify(world)).toMatchObject({ ok: true, receipts: 2 });
});

test("while folding fails nothing more is answered; when it works again, all is there", async () => {
  const world = await ledgerWorld();
  let broken = false;
  const ledger = await world.open(({ files, store }) => ({
    files,
    store: {
      ...store,
      async writeObjects(objects) {
        if (broken) throw systemError("EROFS");
        await store.writeObjects(objects);
      },
    },
  }));
  await ledger.append(world.genesis, world.context);
  broken = true;
  await expect(ledger.fold()).rejects.toMatchObject({ code: "ledger-unwritable" });
  await expect(ledger.append(session("a"), world.context)).rejects.toMatchObject({
    code: "ledger-unwritable",
  });
  broken = false;
  await ledger.append(session("b"), world.context);
  await ledger.close();
  expect(await verify(world)).toMatchObject({ ok: true, receipts: 2 });
  await expect(ledger.append(session("c"), world.context)).rejects.toMatchObject({ code: "internal" });
});

test("a directory that cannot be written is said, and nothing is held", async () => {
  const world = await ledgerWorld();
  const broken = (code: string) =>
    world.open(({ files, store }) => ({
      store,
      files: { ...files, list: () => Promise.reject(systemError(code)) },
    }));
  await expect(broken("EACCES")).rejects.toMatchObject({ code: "ledger-unwritable" });
  // A file where the lock's directory should be.
  writeFileSync(join(world.directory, "file"), "");
  const elsewhere = { ...world.options, directory: join(world.directory, "file") };
  await expect(openLedger(elsewhere)).rejects.toMatchObject({ code: "ledger-unwritable" });
  const ledger = await world.open();
  await ledger.close();
});

test("stock git verifies every receipt with the gate's public key", async () => {
  const world = await ledgerWorld("ssh");
  const { ledger } = await filledLedger(world, 3);
  await ledger.close();
  const allowed = `${world.directory}/allowed`;
  writeFileSync(allowed, `* namespaces="git" ${Buffer.from(world.publicFile)}`);
  const { git } = world.scratch;
  git(
    "-c",
    `gpg.ssh.allowedSignersFile=${allowed}`,
    "verify-commit",
    ...git("rev-list", world.ref).split("\n"),
  );
});
