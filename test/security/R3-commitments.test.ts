import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { callHandle, commitmentHash, commitmentSalt, commitTo } from "../../src/ledger/commitment.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R3: no unsalted digest of a tool's input or output is in the ledger. A command with a weak password is
// guessed from such a digest; from a salted commitment it is not, and yet it can be proven by who has the bytes.

const key = { localKey: randomBytes(32), random: randomBytes };
const secret = '{"command":"mysql -psunshine"}';
const guesses = ["password", "letmein", "sunshine", "dragon"].map((word) => `{"command":"mysql -p${word}"}`);

test("a commitment is not guessed, and the same bytes never look the same", () => {
  const commitment = commitTo(key, secret);
  expect(commitment).toMatch(/^[0-9a-f]{32}:[0-9a-f]{64}$/);
  const [id = "", hash] = commitment.split(":");
  const digests = guesses.flatMap((guess) => [
    createHash("sha256").update(guess).digest("hex"),
    createHash("sha256").update(`mirror/commitment/v1\n${guess}`).digest("hex"),
    commitmentHash(Buffer.from(id, "hex"), guess),
    commitmentHash(commitmentSalt(randomBytes(32), id), guess),
  ]);
  expect(digests).not.toContain(hash);
  expect(commitTo(key, secret)).not.toBe(commitment);
});

test("R3: where the salt is left out, the very first list of passwords finds the command", async () => {
  const { commitTo: unsalted } = await moduleWithout<{ readonly commitTo: typeof commitTo }>(
    "src/ledger/commitment.ts",
    { file: "src/ledger/commitment.ts", text: ".update(salt)", by: "" },
  );
  const found = (commitment: string): boolean =>
    guesses.some((guess) => {
      const hash = createHash("sha256").update("mirror/commitment/v1\n").update(guess).digest("hex");
      return commitment.endsWith(`:${hash}`);
    });
  expect([found(commitTo(key, secret)), found(unsalted(key, secret))]).toEqual([false, true]);
});

test("who has the bytes proves them with the salt", () => {
  const [id = "", hash] = commitTo(key, secret).split(":");
  const salt = commitmentSalt(key.localKey, id);
  expect(salt).toHaveLength(32);
  expect(commitmentHash(salt, secret)).toBe(hash);
  expect(commitmentHash(salt, `${secret} `)).not.toBe(hash);
  expect(
    createHash("sha256").update("mirror/commitment/v1\n").update(salt).update(secret).digest("hex"),
  ).toBe(hash);
});

test("a call's handle finds its outcome, and two pairs never share one", () => {
  const handle = callHandle(key.localKey, "session", "call");
  expect(callHandle(key.localKey, "session", "call")).toBe(handle);
  expect(callHandle(randomBytes(32), "session", "call")).not.toBe(handle);
  expect(callHandle(key.localKey, "a\nb", "c")).not.toBe(callHandle(key.localKey, "a", "b\nc"));
});

test("without the rule the attack works: an unsalted digest is found among a few guesses", () => {
  const digest = createHash("sha256").update(secret).digest("hex");
  expect(guesses.find((guess) => createHash("sha256").update(guess).digest("hex") === digest)).toBe(secret);
});
