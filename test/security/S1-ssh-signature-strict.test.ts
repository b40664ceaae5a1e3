import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import * as real from "../../src/trust/signature.ts";
import { sshString } from "../../src/trust/ssh-wire.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";
import { type SshPair, sshPair } from "../trust/real-keys.ts";

// Only SSHSIG version 1 for git, SHA-2, and an algorithm that belongs to the key.
const payload = Buffer.from("hello\n");
let pair: SshPair;
let key: PublicKey;
let blob: Buffer;
let pem: string;

beforeAll(async () => {
  pair = sshPair("rsa", "-b", "2048");
  key = await parsePublicKey("keys/ada.pub", pair.publicKey);
  blob = Buffer.from(Buffer.from(pair.publicKey).toString().split(" ")[1] ?? "", "base64");
  execFileSync("ssh-keygen", ["-p", "-q", "-m", "PEM", "-N", "", "-P", "", "-f", pair.path]);
  pem = readFileSync(pair.path, "utf8");
});

interface Forgery {
  readonly magic?: string;
  readonly version?: number;
  readonly namespace?: string;
  readonly reserved?: string;
  readonly hash?: string;
  readonly algorithm?: string;
  readonly rsaHash?: string;
  readonly after?: Buffer;
  readonly afterValue?: Buffer;
}

function forge(spec: Forgery = {}): string {
  const {
    magic = "SSHSIG",
    namespace = "git",
    reserved = "",
    hash = "sha512",
    algorithm = "rsa-sha2-512",
  } = spec;
  const context = [sshString(namespace), sshString(reserved), sshString(hash)];
  const digest = createHash(hash).update(payload).digest();
  const data = Buffer.concat([Buffer.from("SSHSIG"), ...context, sshString(digest)]);
  const value = sign(spec.rsaHash ?? "sha512", data, createPrivateKey(pem));
  const inner = Buffer.concat([sshString(algorithm), sshString(value), spec.afterValue ?? Buffer.alloc(0)]);
  const bytes = Buffer.concat([
    Buffer.from(magic),
    Buffer.from([0, 0, 0, spec.version ?? 1]),
    sshString(blob),
    ...context,
    sshString(inner),
    spec.after ?? Buffer.alloc(0),
  ]);
  return ["-----BEGIN SSH SIGNATURE-----", bytes.toString("base64"), "-----END SSH SIGNATURE-----", ""].join(
    "\n",
  );
}

const cut = (text: string, by = ""): Cut => ({ file: "src/trust/ssh-signature.ts", text, by });
const without = (...cuts: readonly Cut[]): Promise<typeof real> =>
  moduleWithout<typeof real>("src/trust/signature.ts", ...cuts);

function judge(armored: string, mirror: typeof real = real): string {
  const result = mirror.verifySignature(payload, { kind: "ssh", armored }, [key], { now: null });
  return result.status === "bad" ? result.why : result.status;
}

test("the forger's plain signature is good", () => {
  expect(judge(forge())).toBe("good");
  expect(judge(forge({ algorithm: "rsa-sha2-256", rsaHash: "sha256", hash: "sha256" }))).toBe("good");
});

const sha1IsTaken = cut(
  '["ssh-rsa", "rsa-sha2-256", rsaScheme("sha256")],',
  '["ssh-rsa", "rsa-sha2-256", rsaScheme("sha256")], ["ssh-rsa", "ssh-rsa", rsaScheme("sha1")],',
);
const keyDecidesAlone = cut(
  `schemes.get(\`\${key.type} \${signature.algorithm}\`)`,
  'schemes.get("ssh-rsa rsa-sha2-512")',
);
const anyNamespace: readonly Cut[] = [
  cut("if (found !== namespace)", "if (found === null)"),
  // What was signed names the namespace again: without the rule it is taken from the signature.
  cut("return { blob, hash, algorithm,", "return { found, blob, hash, algorithm,"),
  cut("sshString(namespace),", "sshString(signature.found),"),
];
const reservedIsTaken: readonly Cut[] = [
  cut("if (readString(reader).length > 0)", "const reserved = readString(reader); if (reserved === null)"),
  cut("return { blob, hash, algorithm,", "return { reserved, blob, hash, algorithm,"),
  cut('sshString(""),', "sshString(signature.reserved),"),
];
const anyHash = cut('hash !== "sha256" && hash !== "sha512"', "hash === null");

test.each<[string, Forgery, string, readonly Cut[]]>([
  [
    "SHA-1 with RSA",
    { algorithm: "ssh-rsa", rsaHash: "sha1" },
    "algorithm `ssh-rsa` is not taken",
    [sha1IsTaken],
  ],
  [
    "another key type's algorithm",
    { algorithm: "ssh-ed25519" },
    "algorithm `ssh-ed25519` is not taken",
    [keyDecidesAlone],
  ],
  ["an algorithm's wrong name", { algorithm: "rsa-sha2-256" }, "does not match", [keyDecidesAlone]],
  ["a signature for files", { namespace: "file" }, "namespace `file`, expected `git`", anyNamespace],
  ["a signature for nothing", { namespace: "" }, "namespace ``, expected `git`", anyNamespace],
  ["a reserved field that is used", { reserved: "x" }, "its reserved field is not empty", reservedIsTaken],
  ["a SHA-1 digest", { hash: "sha1" }, "hash `sha1` is not taken", [anyHash]],
  ["a SHA-384 digest", { hash: "sha384" }, "hash `sha384` is not taken", [anyHash]],
  ["version 2", { version: 2 }, "version 2, expected 1", [cut("if (version !== 1)", "if (version === 0)")]],
  [
    "another format",
    { magic: "SSHFOO" },
    "does not begin with SSHSIG",
    [cut("if (!magic.equals(reader.take(magic.length)))", "if (reader.take(magic.length) === null)")],
  ],
  [
    "bytes after it",
    { after: Buffer.from([0]) },
    "1 bytes too many",
    [cut("  reader.end();\n  const algorithm", "  const algorithm")],
  ],
  [
    "bytes after its value",
    { afterValue: Buffer.from([0]) },
    "1 bytes too many",
    [cut("const number = readString(value);\n    value.end();", "const number = readString(value);")],
  ],
])("%s is refused", async (_, spec, why, rule) => {
  expect(judge(forge(spec))).toContain(why);
  expect(judge(forge(spec), await without(...rule))).toBe("good");
});
