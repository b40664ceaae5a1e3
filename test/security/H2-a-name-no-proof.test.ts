import { expect, test } from "vitest";
import { boundRepository } from "../fixtures/governed-repository.ts";

// TRUST H2: in `hook` assurance the socket is a name and not a proof. Nothing is stopped by this rule, so there is no
// copy without it in which more would work: what it asks for is that every receipt says so.
test("H2: every receipt says which assurance held, and what the caller claims is kept as a claim", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  repository.ok("status");
  const file = (seq: string): unknown =>
    JSON.parse(repository.git("show", `${repository.ledger()}:receipts/0/0/0/0/0/0/0/${seq}.json`));
  const last = Number(
    repository.git("log", "-1", "--format=%(trailers:key=Mirror-Seq,valueonly)", repository.ledger()),
  );
  for (let seq = 0; seq <= last; seq += 1)
    expect(file(seq.toString(16))).toMatchObject({ assurance: "hook" });
  expect(file(last.toString(16))).toMatchObject({ kind: "decision", claimedPid: process.pid });
});
