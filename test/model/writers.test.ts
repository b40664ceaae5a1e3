import fc from "fast-check";
import { expect, test } from "vitest";
import { writeBinding, writeConfig, writeTrust } from "../../src/model/document-writers.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import { actions } from "../../src/model/effect.ts";
import type { Binding, Config, Role, Trust } from "../../src/model/policy-set.ts";

const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
const line = fc.oneof(
  fc.stringMatching(/^[ -~äßé漢]{1,40}$/),
  fc.constantFrom(
    "yes",
    "null",
    "1e3",
    "# x",
    "a: b",
    "- x",
    "*a",
    "&a",
    "!x",
    "'",
    '"',
    " x ",
    "{}",
    "---",
    "~",
    "0x1",
  ),
);

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("a binding that is written is read again", () => {
  const binding = fc.record({
    version: fc.constant(1 as const),
    id,
    description: fc.option(line),
    clients: fc.constant(["claude-code"]),
    policies: fc.uniqueArray(id, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(binding, (written: Binding) => {
      const files = new Map([
        ["mirror.yaml", bytes("version: 1\npolicy_branch: main\n")],
        [`agents/${written.id}.yaml`, bytes(writeBinding(written))],
        ...written.policies.map(
          (each) => [`policies/${each}.yaml`, bytes(`version: 1\nid: "${each}"\nrules: []\n`)] as const,
        ),
      ]);
      const { set, problems } = parsePolicySet(files, { unsigned: true });
      // The gate's own names are no policies; that is not the writer's matter.
      if (written.policies.some((each) => ["builtin", "gate", "otherwise"].includes(each))) return;
      expect(problems).toEqual([]);
      expect(set?.agents.get(written.id)).toEqual(written);
    }),
    { numRuns: 60 },
  );
});

test("mirror.yaml that is written is read again", () => {
  const config = fc.record({
    version: fc.constant(1 as const),
    policyBranch: fc.constantFrom("main", "mirror/main", "true", "1.0", "#x"),
    otherwise: fc.dictionary(fc.constantFrom(...actions), fc.constantFrom("ask" as const, "deny" as const), {
      noNullPrototype: true,
    }),
  });
  fc.assert(
    fc.property(config, (written: Config) => {
      const { set, problems } = parsePolicySet(new Map([["mirror.yaml", bytes(writeConfig(written))]]), {
        unsigned: true,
      });
      expect(problems).toEqual([]);
      expect(set?.config).toEqual(written);
    }),
    { numRuns: 60 },
  );
});

test("trust.yaml that is written is read again", () => {
  const hex = fc.stringMatching(/^[0-9A-F]{40}$/);
  const trust = fc
    .tuple(
      fc.uniqueArray(fc.tuple(id, hex), { minLength: 2, maxLength: 5, selector: ([name]) => name }),
      line,
      fc.option(fc.constant("a@b.c")),
    )
    .filter(([people]) => new Set(people.map(([, key]) => key)).size === people.length)
    .map(([people, name, email]): Trust => {
      const [[gate, gateKey], ...others] = people as [[string, string], ...[string, string][]];
      const key = (holder: string, fingerprint: string) => ({ file: `keys/${holder}.asc`, fingerprint });
      const role: Role = { signers: others.map(([who]) => who), threshold: 1, paths: ["policies/**", "*"] };
      return {
        version: 1,
        signers: others.map(([who, fingerprint]) => ({
          id: who,
          name,
          email,
          keys: [key(who, fingerprint)],
        })),
        roles: new Map(["trust", "policies", "agents", "memory"].map((each) => [each, role])),
        gates: [{ id: gate, ...key(gate, gateKey) }],
      };
    });
  fc.assert(
    fc.property(trust, (written) => {
      const keys = [...written.signers.flatMap((signer) => signer.keys), ...written.gates];
      const files = new Map([
        ["mirror.yaml", bytes("version: 1\npolicy_branch: main\n")],
        ["trust.yaml", bytes(writeTrust(written))],
        ...keys.map(({ file }) => [file, bytes("x")] as const),
      ]);
      const { set, problems } = parsePolicySet(files);
      expect(problems).toEqual([]);
      expect(set?.trust).toEqual(written);
    }),
    { numRuns: 60 },
  );
});
