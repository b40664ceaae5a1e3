// A walk over many policy sets reads a file once while it stands as it stood (P2: a set is its bytes under their paths). The
// memory must never give one file's meaning for another's bytes, or the same bytes a meaning that belongs to another path.
import { expect, test } from "vitest";
import * as documents from "../../src/model/documents.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import * as keyrings from "../../src/trust/keyring.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";
import { person, policyFile, policySet } from "../trust/world.ts";

const [ada, bob] = [person("ada"), person("bob")];
const rule = (verdict: string): string =>
  policyFile(`{ id: a, verdict: ${verdict}, action: shell.exec, command: ['x'] }`);
const setWith = (files: Record<string, string | null>): PolicySetFiles =>
  policySet({ signers: [ada, bob], files });

test("P2: a file with other bytes is read anew, and so are the same bytes at another path; not without the rule", async () => {
  const [deny, allow] = [
    setWith({ "policies/base.yaml": rule("deny") }),
    setWith({ "policies/base.yaml": rule("allow") }),
  ];
  // The bytes of a policy as a decision table, and under a name that is not its id.
  const moved = setWith({ "tests/base.yaml": rule("deny"), "policies/other.yaml": rule("deny") });
  const walk = ({ PolicySetParser }: typeof documents) => {
    const parser = new PolicySetParser();
    return [deny, allow, moved, deny, allow].map((files) => {
      const { set, problems } = parser.parse(files);
      return (
        set?.policies.get("base")?.rules[0]?.verdict ??
        problems
          .map(({ code }) => code)
          .sort()
          .join()
      );
    });
  };
  const anew = [deny, allow, moved].map((files) => documents.parsePolicySet(files));
  const mistakes =
    anew[2]?.problems
      .map(({ code }) => code)
      .sort()
      .join() ?? "";
  expect(mistakes).toContain("wrong-file-name");
  expect(walk(documents)).toEqual(["deny", "allow", mistakes, "deny", "allow"]);
  const text = "before !== undefined && Buffer.compare(before.bytes, bytes) === 0";
  const file = "src/model/documents.ts";
  const stale = await moduleWithout<typeof documents>(file, { file, text, by: "before !== undefined" });
  // What denies would be taken for what allows.
  expect(walk(stale)[1]).toBe("deny");
});

test("P2: a key file with another key in it is read anew; not without the rule", async () => {
  const files = setWith({});
  const { set } = documents.parsePolicySet(files);
  if (set === null) throw new Error("a policy set expected");
  const swapped = setWith({ "keys/ada.pub": bob.publicKey, "keys/bob.pub": ada.publicKey });
  const attack = async ({ keyParser, openKeyring }: typeof keyrings) => {
    const parse = keyParser();
    await openKeyring(set.trust, files, parse);
    return await openKeyring(set.trust, swapped, parse);
  };
  await expect(attack(keyrings)).rejects.toThrow("holds another key");
  const file = "src/trust/keyring.ts";
  const text = "before !== undefined && Buffer.compare(before.bytes, bytes) === 0";
  const stale = await moduleWithout<typeof keyrings>(file, { file, text, by: "before !== undefined" });
  expect((await attack(stale)).owners.get(ada.fingerprint)).toBe("ada");
});
