import { afterEach, expect, test } from "vitest";
import { SignatureThread } from "../../src/ledger/signature-thread.ts";
import { parsePublicKey } from "../../src/trust/keys.ts";
import { verifySignature, verifySignatureBy } from "../../src/trust/signature.ts";
import { sshPair } from "../trust/real-keys.ts";

const opened: SignatureThread[] = [];
function openThread(): SignatureThread {
  const thread = new SignatureThread();
  opened.push(thread);
  return thread;
}
afterEach(async () => {
  for (const thread of opened.splice(0)) await thread.close();
});

test("on another thread every kind of key says what it says on this one, whatever is asked together", async () => {
  const pairs = [sshPair(), sshPair("ecdsa", "-b", "256"), sshPair("ecdsa", "-b", "521"), sshPair("rsa")];
  const keys = await Promise.all(pairs.map((pair) => parsePublicKey("keys/ada.pub", pair.publicKey)));
  const thread = openThread();
  const payloads = Array.from({ length: 12 }, (_, index) => Buffer.from(`tree ${index}\n`));
  const asked = pairs.flatMap((pair) =>
    payloads.map((payload, index) => {
      // Every third is a signature over something else.
      const signed = index % 3 === 0 ? Buffer.from("something else\n") : payload;
      return { payload, signature: { kind: "ssh", armored: pair.sign(signed) } as const };
    }),
  );
  const at = { now: null };
  const found = await Promise.all(
    asked.map(({ payload, signature }) => verifySignatureBy(thread, payload, signature, keys, at)),
  );
  expect(found).toEqual(asked.map(({ payload, signature }) => verifySignature(payload, signature, keys, at)));
  expect(found.filter(({ status }) => status === "good")).toHaveLength(32);
  expect(found.filter(({ status }) => status === "bad")).toHaveLength(16);
});

test("what needs no mathematics is said at once", async () => {
  const [known, stranger] = [sshPair(), sshPair()];
  const keys = [await parsePublicKey("keys/ada.pub", known.publicKey)];
  const payload = Buffer.from("tree\n");
  const thread = openThread();
  const verify = (armored: string) =>
    verifySignatureBy(thread, payload, { kind: "ssh", armored }, keys, { now: null });
  expect(await verify("no signature")).toMatchObject({ status: "bad" });
  expect(await verify(stranger.sign(payload))).toMatchObject({ status: "unknown" });
  expect(await verify(known.sign(payload))).toMatchObject({ status: "good" });
});
