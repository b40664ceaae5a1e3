import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  ecdsaMaterial,
  ed25519Material,
  holds,
  type KeyMaterial,
  rsaMaterial,
} from "../../src/trust/key-material.ts";

const data = Buffer.from("hello\n");

function materials(): {
  name: string;
  material: KeyMaterial;
  hash: "sha256" | null;
  numbers: Uint8Array[];
}[] {
  const ed = generateKeyPairSync("ed25519");
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const edValue = sign(null, data, ed.privateKey);
  const ecValue = sign("sha256", data, { key: ec.privateKey, dsaEncoding: "ieee-p1363" });
  const { n, e } = rsa.publicKey.export({ format: "jwk" });
  return [
    {
      name: "Ed25519",
      material: ed25519Material(ed.publicKey.export({ type: "spki", format: "der" }).subarray(-32)),
      hash: null,
      numbers: [edValue.subarray(0, 32), edValue.subarray(32)],
    },
    {
      name: "ECDSA",
      material: ecdsaMaterial("P-256", ec.publicKey.export({ type: "spki", format: "der" }).subarray(-65)),
      hash: "sha256",
      numbers: [ecValue.subarray(0, 32), ecValue.subarray(32)],
    },
    {
      name: "RSA",
      material: rsaMaterial(Buffer.from(n ?? "", "base64url"), Buffer.from(e ?? "", "base64url")),
      hash: "sha256",
      numbers: [sign("sha256", data, rsa.privateKey)],
    },
  ];
}

describe.each(materials())("$name", ({ material, hash, numbers }) => {
  test("good, and false for every number that is none", () => {
    expect(holds({ material, hash, data, numbers })).toBe(true);
    const { size } = material;
    for (const odd of [
      Buffer.alloc(0),
      Buffer.alloc(size),
      Buffer.alloc(size, 0xff),
      Buffer.alloc(size + 1, 1),
    ]) {
      for (const at of numbers.keys()) {
        expect(holds({ material, hash, data, numbers: numbers.with(at, odd) })).toBe(false);
      }
      expect(holds({ material, hash, data, numbers: [...numbers, odd] })).toBe(false);
    }
    expect(holds({ material: material, hash: hash, data: data, numbers: [] })).toBe(false);
    expect(holds({ material: material, hash: hash, data: Buffer.from("other"), numbers: numbers })).toBe(
      false,
    );
  });
});

test("material that is no key is refused", () => {
  const bad = expect.objectContaining({ code: "bad-key" });
  expect(() => ed25519Material(Buffer.alloc(31))).toThrow(bad);
  expect(() => ecdsaMaterial("P-256", Buffer.alloc(65, 4))).toThrow(bad);
  expect(() => ecdsaMaterial("P-256", Buffer.alloc(33, 2))).toThrow(bad);
  expect(() => rsaMaterial(Buffer.alloc(128, 0xff), Buffer.from([1, 0, 1]))).toThrow(bad);
  expect(() => rsaMaterial(Buffer.alloc(4096, 0xff), Buffer.from([1, 0, 1]))).toThrow(bad);
  expect(() =>
    rsaMaterial(Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0xff)]), Buffer.from([1, 0, 1])),
  ).toThrow(bad);
});
