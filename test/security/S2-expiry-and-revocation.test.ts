import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import * as keys from "../../src/trust/keys.ts";
import * as signatures from "../../src/trust/signature.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";
import { worldWithout } from "../trust/cuts.ts";
import {
  armor,
  type CertificateSpec,
  type ForgedKey,
  forgeArmored,
  forgeCertificate,
  forgedAt,
  forgeKey,
  forgeRevocation,
  forgeSelfSignature,
  forgeSubkey,
  packet,
  subpacket,
  uint32,
} from "../trust/forge.ts";
import { gpgHome } from "../trust/real-keys.ts";
import * as real from "../trust/world.ts";

// Expiry and revocation stand in the key file and are held against the signature's own time, never the clock's:
// what was good when it was adopted stays good, and what was made after its key's end never counts.
const { policyFile, policySet } = real;
const { parsePublicKey } = keys;
const { verifySignature } = signatures;
type PublicKey = Awaited<ReturnType<typeof parsePublicKey>>;

const payload = Buffer.from("hello\n");
const day = 86_400;

const standing = "src/trust/openpgp-standing.ts";
/** Reads key files without a rule. */
const keysWithout = (cut: Cut): Promise<typeof keys> => moduleWithout<typeof keys>("src/trust/keys.ts", cut);
/** Judges signatures without a rule. */
const judgeWithout = (text: string, by: string): Promise<typeof signatures> =>
  moduleWithout<typeof signatures>("src/trust/signature.ts", {
    file: "src/trust/openpgp-signature.ts",
    text,
    by,
  });

function statusAt(signer: ForgedKey, key: PublicKey, created: number, mirror = signatures): string {
  const armored = forgeArmored(signer, payload, { created });
  const result = mirror.verifySignature(payload, { kind: "openpgp", armored }, [key], { now: null });
  return result.status === "bad" ? (result.why.split(": signed")[0] ?? "") : result.status;
}

const certificate = async (key: ForgedKey, spec: CertificateSpec = {}, mirror = keys): Promise<PublicKey> =>
  await mirror.parsePublicKey("keys/ada.asc", forgeCertificate(key, spec));

describe("by hand", () => {
  test("a key that expires: good before, refused from that second on, refused before it was made", async () => {
    const key = forgeKey();
    const known = await certificate(key, { self: { hashed: [subpacket(9, uint32(day))] } });
    expect(statusAt(key, known, forgedAt)).toBe("good");
    expect(statusAt(key, known, forgedAt + day - 1)).toBe("good");
    expect(statusAt(key, known, forgedAt + day)).toBe("its key had expired");
    expect(statusAt(key, known, forgedAt - 1)).toBe("it is older than its key");
    const noEnd = await judgeWithout("until !== null && time >= until", "until === 0");
    expect(statusAt(key, known, forgedAt + day, noEnd)).toBe("good");
    const noBeginning = await judgeWithout("if (time < from)", "if (from === 0)");
    expect(statusAt(key, known, forgedAt - 1, noBeginning)).toBe("good");
  });

  test("a self-signature that expires ends the key with it", async () => {
    const key = forgeKey();
    const spec = { self: { hashed: [subpacket(3, uint32(day))] } };
    const known = await certificate(key, spec);
    expect(statusAt(key, known, forgedAt + day - 1)).toBe("good");
    expect(statusAt(key, known, forgedAt + day)).toBe("its key had expired");
    const cut = {
      file: standing,
      text: "if (!signature.signatureNeverExpires)",
      by: "if (signature === null)",
    };
    expect(statusAt(key, await certificate(key, spec, await keysWithout(cut)), forgedAt + day)).toBe("good");
  });

  test("the newest self-signature gives the expiry, longer or shorter", async () => {
    const key = forgeKey();
    const renewed = forgeSelfSignature(key, 3, {
      created: forgedAt + 60,
      hashed: [subpacket(9, uint32(2 * day))],
    });
    const shorter = { self: { hashed: [subpacket(9, uint32(day))] }, more: [renewed] };
    expect(statusAt(key, await certificate(key, shorter), forgedAt + day)).toBe("good");
    const longer = { self: { hashed: [subpacket(9, uint32(9 * day))] }, more: [renewed] };
    expect(statusAt(key, await certificate(key, longer), forgedAt + 2 * day)).toBe("its key had expired");
    const oldest = await keysWithout({
      file: standing,
      text: "Math.max(...times)",
      by: "Math.min(...times)",
    });
    expect(statusAt(key, await certificate(key, longer, oldest), forgedAt + 2 * day)).toBe("good");
  });

  test("a subkey ends with its primary key, and by itself", async () => {
    const [primary, subkey] = [forgeKey(), forgeKey(forgedAt + 10)];
    const binding = { created: forgedAt + 10, hashed: [subpacket(9, uint32(day))] };
    const known = await certificate(primary, { more: [forgeSubkey(primary, subkey, { binding })] });
    expect(statusAt(subkey, known, forgedAt + 9)).toBe("it is older than its key");
    expect(statusAt(subkey, known, forgedAt + day + 9)).toBe("good");
    expect(statusAt(subkey, known, forgedAt + day + 10)).toBe("its key had expired");
    const self = { hashed: [subpacket(9, uint32(60))] };
    const short = await certificate(primary, { self, more: [forgeSubkey(primary, subkey, { binding })] });
    expect(statusAt(subkey, short, forgedAt + 60)).toBe("its key had expired");
    const alone = await keysWithout({
      file: "src/trust/openpgp-key.ts",
      text: "earliest([primary.until, own.until])",
      by: "own.until",
    });
    const spec = { self, more: [forgeSubkey(primary, subkey, { binding })] };
    expect(statusAt(subkey, await certificate(primary, spec, alone), forgedAt + 60)).toBe("good");
  });

  // A revocation stands between the key and the user id.
  async function revoked(key: ForgedKey, revocation: Buffer, mirror = keys): Promise<PublicKey> {
    const self = forgeSelfSignature(key, 3);
    const userId = packet(13, Buffer.from("Ada <ada@example.org>"));
    const bytes = Buffer.concat([packet(6, key.body), revocation, userId, self]);
    return await mirror.parsePublicKey("keys/ada.asc", Buffer.from(armor("PGP PUBLIC KEY BLOCK", bytes)));
  }
  const because = (reason: number): Buffer => subpacket(29, Buffer.from([reason]));

  test("a retired or superseded key: refused from then on", async () => {
    for (const reason of [1, 3]) {
      const key = forgeKey();
      const revocation = forgeRevocation(key, { created: forgedAt + day, hashed: [because(reason)] });
      const known = await revoked(key, revocation);
      expect(statusAt(key, known, forgedAt + day - 1)).toBe("good");
      expect(statusAt(key, known, forgedAt + day)).toBe("its key is revoked");
      const noRevocation = await judgeWithout("revoked !== null && time >= revoked", "revoked === -1");
      expect(statusAt(key, known, forgedAt + day, noRevocation)).toBe("good");
    }
  });

  test("a compromised key, or no reason given: refused whatever time a thief writes", async () => {
    for (const hashed of [[because(2)], [because(0)], []]) {
      const key = forgeKey();
      const revocation = forgeRevocation(key, { created: forgedAt + day, hashed });
      expect(statusAt(key, await revoked(key, revocation), forgedAt)).toBe("its key is revoked");
      const allAreSoft = await keysWithout({
        file: standing,
        text: "isSoft ? seconds(signature.created) : 0",
        by: "seconds(signature.created)",
      });
      // The thief writes a time from before the revocation.
      expect(statusAt(key, await revoked(key, revocation, allAreSoft), forgedAt)).toBe("good");
    }
  });

  test("a revocation that does not hold is not overlooked: the file is refused", async () => {
    const key = forgeKey();
    const doubtIsOverlooked = await keysWithout({
      file: standing,
      text: "await verifyWith({ signature, by: key.keyPacket, type, over }, config);",
      by: `const claim = { signature, by: key.keyPacket, type, over };
    if (!(await verifyWith(claim, config).then(() => true, () => false))) continue;`,
    });
    const othersAreOverlooked = await keysWithout({
      file: standing,
      text: 'throw new MirrorError("bad-key", "it is revoked by another key, which is not understood");',
      by: "continue;",
    });
    for (const [by, spec, why, mirror] of [
      [forgeKey(), { issuer: key.fingerprint }, "does not hold", doubtIsOverlooked],
      [key, { issuer: forgeKey().fingerprint }, "revoked by another key", othersAreOverlooked],
      [key, { hash: 2 }, "does not hold", doubtIsOverlooked],
    ] as const) {
      const revocation = forgeRevocation(by, spec);
      await expect(revoked(key, revocation)).rejects.toThrow(why);
      expect(statusAt(key, await revoked(key, revocation, mirror), forgedAt)).toBe("good");
    }
  });
});

test("a statement about the key itself that is taken back is not overlooked", async () => {
  const key = forgeKey();
  const takenBack = forgeRevocation(key, { type: 0x30 });
  const userId = packet(13, Buffer.from("Ada <ada@example.org>"));
  const bytes = Buffer.concat([packet(6, key.body), takenBack, userId, forgeSelfSignature(key, 3)]);
  const file = Buffer.from(armor("PGP PUBLIC KEY BLOCK", bytes));
  await expect(parsePublicKey("keys/ada.asc", file)).rejects.toThrow("takes back a statement");
  const cut = { file: standing, text: "&& !ofUsers.has(signature)", by: "&& signature === null" };
  const overlooked = await (await keysWithout(cut)).parsePublicKey("keys/ada.asc", file);
  expect(statusAt(key, overlooked, forgedAt)).toBe("good");
});

test("in a walk: an approval from the future, or from after its key's end, moves nothing", async () => {
  const key = forgeKey();
  const owner = (created: number): real.Person => ({
    id: "ada",
    publicKey: forgeCertificate(key, { self: { hashed: [subpacket(9, uint32(day))] } }).toString(),
    fingerprint: key.fingerprint.toString("hex").toUpperCase(),
    sign: (data) => forgeArmored(key, data, { created }),
  });
  const setOf = (rule: string): PolicySetFiles =>
    new Map(
      [...policySet({ signers: [owner(0)], files: { "policies/base.yaml": policyFile(rule) } })].map(
        ([path, bytes]): [string, Uint8Array] => [
          path.replace("ada.pub", "ada.asc"),
          Buffer.from(Buffer.from(bytes).toString().replaceAll("ada.pub", "ada.asc")),
        ],
      ),
    );
  const next = setOf("{ id: no, verdict: deny, action: shell.exec, command: ['x ...'] }");
  const walkAt = async (
    signedAt: number,
    now: number | null,
    { World } = real,
  ): Promise<[number, string[]]> => {
    const world = new World();
    const genesis = world.genesis(setOf("{ id: a, verdict: deny, action: unknown }"), owner(forgedAt));
    world.approvingMerge(genesis.lineage, next, owner(signedAt));
    const walk = await world.walk(genesis, { now: now === null ? null : now * 1000 });
    return [walk.lineage.epoch, walk.problems.map(({ message }) => message)];
  };
  expect(await walkAt(forgedAt + 600, forgedAt + 600)).toEqual([1, []]);
  expect(await walkAt(forgedAt + 600, forgedAt)).toEqual([
    0,
    [expect.stringMatching(/^what it states has a bad signature: it was made in the future: .*, now /)],
  ]);
  const noClock = await worldWithout({
    file: "src/trust/openpgp-signature.ts",
    text: "at.now !== null && created > at.now / 1000 + clockTolerance",
    by: "at.now === 0",
  });
  expect(await walkAt(forgedAt + 600, forgedAt, noClock)).toEqual([1, []]);
  expect(await walkAt(forgedAt + 600, null)).toEqual([1, []]);
  expect(await walkAt(forgedAt + day, forgedAt + day)).toEqual([
    0,
    [
      expect.stringMatching(
        /^what it states has a bad signature: its key had expired: signed .*, key until /,
      ),
    ],
  ]);
  const noEnd = await worldWithout({
    file: "src/trust/openpgp-signature.ts",
    text: "until !== null && time >= until",
    by: "until === 0",
  });
  expect(await walkAt(forgedAt + day, forgedAt + day, noEnd)).toEqual([1, []]);
  // Long after its key's end, a step that was made in time still holds.
  expect(await walkAt(forgedAt + 600, forgedAt + 900 * day)).toEqual([1, []]);
});

describe("with gpg", () => {
  test("an expired key: its old signature is good here; gpg says the key is expired now", async () => {
    const gpg = gpgHome();
    const then = ["--faked-system-time", "20260101T000000"];
    gpg.gpg(...then, "--quick-gen-key", "Ada <ada@example.org>", "ed25519", "sign", "2026-02-01");
    const armored = gpg.gpgWith(payload, ...then, "-bsau", "ada@example.org");
    const key = await parsePublicKey("keys/ada.asc", gpg.export("ada@example.org"));
    const result = verifySignature(payload, { kind: "openpgp", armored }, [key], { now: Date.now() });
    expect(result).toMatchObject({ status: "good", time: Date.UTC(2026, 0, 1) / 1000 });
    const late = ["--faked-system-time", "20260131T235959"];
    const justBefore = gpg.gpgWith(payload, ...late, "-bsau", "ada@example.org");
    expect(
      verifySignature(payload, { kind: "openpgp", armored: justBefore }, [key], { now: null }).status,
    ).toBe("good");
  });

  test("a revoked key: its signatures are refused, as gpg refuses them", async () => {
    const gpg = gpgHome();
    const fingerprint = gpg.makeKey("Ada <ada@example.org>", "rsa2048");
    const armored = gpg.sign(payload, fingerprint);
    const before = await parsePublicKey("keys/ada.asc", gpg.export(fingerprint));
    const verify = (key: PublicKey) =>
      verifySignature(payload, { kind: "openpgp", armored }, [key], { now: null });
    expect(verify(before).status).toBe("good");
    // gpg leaves a revocation ready beside each key, guarded by a colon.
    const ready = readFileSync(`${gpg.home}/openpgp-revocs.d/${fingerprint}.rev`, "utf8");
    gpg.gpgWith(ready.replace(":-----BEGIN", "-----BEGIN"), "--import");
    const after = await parsePublicKey("keys/ada.asc", gpg.export(fingerprint));
    expect(verify(after)).toEqual({ status: "bad", why: "its key is revoked" });
  });
});
