import { describe, expect, test } from "vitest";
import { looksSecret, mayLookSecret } from "../../src/analysis/secrets.ts";
import { globMatches } from "../../src/analysis/wildcards.ts";

const secret = `/r/.env /r/.env.local /r/.ENV /r/prod.env /r/server.key /r/key.pem /h/.ssh/id_rsa /h/.ssh/config /h/.ssh
  /r/id_ed25519 /h/.aws/credentials /h/.netrc /h/.npmrc /h/.pgpass /h/.kube/config /h/.config/gcloud/x.db /r/a.p12 /etc/shadow
  /r/credentials.json /h/.docker/config.json /proc/1/environ /r/secrets.yaml /r/terraform.tfstate /h/.git-credentials`;
const plain = `/r/.env.example /r/.env.sample /r/.env.template /r/env.ts /r/src/environment.ts /h/.ssh/id_rsa.pub /r/keyboard.ts
  /r/package.json /r/docs/credentials.md /r/tokens.css /r/config.json /r/monkey /etc/hosts /r/.envoy.yaml`;

describe("looksSecret", () => {
  test.each(secret.split(/\s+/))("%s is", (path) => expect(looksSecret(path)).toBe(true));
  test.each(plain.split(/\s+/))("%s is not", (path) => expect(looksSecret(path)).toBe(false));
});

test.each([
  ["/r/.en?", true],
  ["/r/.env*", true],
  ["/h/.aws/credential?", true],
  ["/r/id_*", true],
  ["/r/*", false],
  ["/r/*.ts", false],
  ["/r/*.key", true],
])("a pattern that finds secrets: %s", (pattern, expected) => expect(mayLookSecret(pattern)).toBe(expected));

test.each([
  ["*", "a", true],
  ["*", ".a", false],
  [".*", ".a", true],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["[a-c]x", "bx", true],
  ["[!a]x", "ax", false],
  ["[!a]x", "bx", true],
  ["*a*b", "xxaxxb", true],
  ["*a*b", "xxaxxbc", false],
  ["\\*", "*", true],
  ["[", "[", true],
  ["[]]", "]", true],
])("%s on %s", (pattern, name, expected) => expect(globMatches(pattern, name)).toBe(expected));

test("a pattern made to be slow is not", () => {
  expect(globMatches("*a".repeat(200), "a".repeat(2_000))).toBe(true);
});
