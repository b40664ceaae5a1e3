import { expect, test } from "vitest";
import { decisionBody, filledLedger, ledgerWorld, session } from "./ledger-world.ts";

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
