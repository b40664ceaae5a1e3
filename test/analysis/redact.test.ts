import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "../../src/analysis/redact.ts";
import { redactText } from "../../src/analysis/secret-text.ts";
import type { Word } from "../../src/model/command.ts";
import type { Analysis } from "../../src/model/effect.ts";
import { noRisk } from "../../src/model/risk.ts";

// Built from pieces so that no scanner takes this file for a leak.
const random = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY";
const github = `ghp_${random}abcd`;
const jwt = `eyJ${"hbGciOiJIUzI1NiJ9"}.eyJ${"zdWIiOiIxIn0abc"}.${random}`;

describe("secrets in text", () => {
  test.each([
    [`x ${github} y`, "x ‹redacted:github-token› y"],
    [`github_pat_11AAAA_${random}`, "‹redacted:github-token›"],
    [`sk-ant-api03-${random}`, "‹redacted:api-key›"],
    [`sk-${random}`, "‹redacted:api-key›"],
    [`sk_live_${random}`, "‹redacted:api-key›"],
    ["AKIAIOSFODNN7ABCDEFG", "‹redacted:aws-key›"],
    [`xoxb-1234567890-${random}`, "‹redacted:slack-token›"],
    [`AIza${random}abc`, "‹redacted:google-key›"],
    [`glpat-${random.slice(0, 20)}`, "‹redacted:gitlab-token›"],
    [`npm_${random}abcd`, "‹redacted:npm-token›"],
    [jwt, "‹redacted:jwt›"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "‹redacted:private-key›"],
    ["Authorization: Bearer abc", "Authorization: Bearer ‹redacted:header›"],
    ["Cookie: session=abc; b=c", "Cookie: ‹redacted:header›"],
    ["X-Api-Key: abc", "X-Api-Key: ‹redacted:header›"],
    ["https://ada:hunter2@example.com/x", "https://ada:‹redacted:url-password›@example.com/x"],
    ["https://example.com/?a=1&token=abc&b=2", "https://example.com/?a=1&token=‹redacted:query›&b=2"],
    ["NPM_TOKEN=abc123", "NPM_TOKEN=‹redacted:assignment›"],
    ["PASSWORD=hunter2", "PASSWORD=‹redacted:assignment›"],
    ["--password=hunter2", "--password=‹redacted:assignment›"],
    ['{"password":"hunter2"}', '{"password":"‹redacted:assignment›"}'],
    [`token ${random}`, "token ‹redacted:bearer›"],
    [random, "‹redacted:random›"],
  ])("%s", (text, expected) => expect(redactText(text)).toBe(expected));
});

describe("texts that are no secrets", () => {
  test.each([
    "git show 0123456789abcdef0123456789abcdef01234567",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "123e4567-e89b-12d3-a456-426614174000",
    "2026-11-23T06:35:00.000Z",
    "src/analysis/commands/understandInvocation.ts",
    "/usr/local/lib/node_modules/@scope/package/dist/index.js",
    "TOKEN=$GITHUB_TOKEN",
    "password: string",
    "should-handle-a-very-long-kebab-case-test-name-with-words",
    "aVeryLongCamelCaseIdentifierForATestOfTheParser",
    "SOME_LONG_CONSTANT_NAME_IN_UPPER_CASE",
    "https://example.com/a/b?page=2",
    "PWD=/home/ada/shop",
    "--author=Ada",
    "arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/x",
  ])("%s", (text) => expect(redactText(text)).toBe(text));
});

function analysisOf(...argv: Word[]): Analysis {
  const resource = { kind: "command" } as const;
  const effect = { action: "shell.exec", resource, opaque: [], command: 0, risk: noRisk } as const;
  return { commands: [{ argv, parent: null }], effects: [effect], risk: noRisk };
}

const words = (...argv: Word[]): readonly Word[] => redact(analysisOf(...argv)).commands[0]?.argv ?? [];

describe("words that are secret where they stand", () => {
  const mark = "‹redacted:option›";
  test.each([
    [
      ["mysql", "-u", "root", "-phunter2"],
      ["mysql", "-u", "root", `-p${mark}`],
    ],
    [
      ["curl", "-u", "ada:hunter2", "x"],
      ["curl", "-u", `ada:${mark}`, "x"],
    ],
    [
      ["curl", "-uada:hunter2", "x"],
      ["curl", `-uada:${mark}`, "x"],
    ],
    [
      ["frob", "--password", "hunter2"],
      ["frob", "--password", mark],
    ],
    [
      ["frob", "--token", "abc"],
      ["frob", "--token", mark],
    ],
    [
      ["sshpass", "-p", "hunter2", "ssh", "h"],
      ["sshpass", "-p", mark, "ssh", "h"],
    ],
    [
      ["redis-cli", "-a", "hunter2", "get", "x"],
      ["redis-cli", "-a", mark, "get", "x"],
    ],
    [
      ["docker", "run", "-p", "80:80", "x"],
      ["docker", "run", "-p", "80:80", "x"],
    ],
    [
      ["mkdir", "-p", "a"],
      ["mkdir", "-p", "a"],
    ],
  ])("%j", (given, expected) => expect(words(...given)).toEqual(expected));

  test("a long word is a mark", () =>
    expect(words("python", "-c", "x".repeat(2_001))[2]).toBe("‹redacted:long-text›"));

  test("an open word stays open, of the same kind", () => {
    const open = { text: `TOKEN=${github}$X`, parts: [`TOKEN=${github}`, null], many: true, glob: false };
    const [, found] = words("export", open);
    expect(found).toMatchObject({ many: true, glob: false, parts: ["TOKEN=‹redacted:github-token›", null] });
    expect(JSON.stringify(found)).not.toContain(random);
  });
});

test("resources and reasons lose their secrets, too", () => {
  const at = (resource: Analysis["effects"][number]["resource"]): Analysis["effects"][number] => ({
    action: "unknown",
    resource,
    opaque: [`\`${github}\` is not a program mirror knows`],
    command: null,
    risk: noRisk,
  });
  const analysis: Analysis = {
    commands: [],
    effects: [
      at({ kind: "path", shape: "exact", path: `/tmp/${github}`, real: `/private/${github}` }),
      at({ kind: "host", host: github.toLowerCase(), direction: "fetch" }),
      at({ kind: "mcp", server: github, tool: github }),
      at({ kind: "agent", type: github }),
      at({ kind: "tool", name: github }),
    ],
    risk: noRisk,
  };
  expect(JSON.stringify(redact(analysis)).toLowerCase()).not.toContain(random.toLowerCase());
});

const piece = fc.oneof(
  fc.string(),
  fc.constantFrom(
    github,
    jwt,
    random,
    "PASSWORD=",
    "Authorization: ",
    "https://a:b@c",
    "‹redacted:x›",
    "--token",
    " ",
    "'",
    '"',
    "/",
    "?key=",
  ),
);
const anyText = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));

test("law: redacting twice is redacting once", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = redactText(text);
      expect(redactText(once)).toBe(once);
    }),
  );
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 5 }), (argv) => {
      const once = redact(analysisOf(...argv));
      expect(redact(once)).toEqual(once);
    }),
  );
});

test("texts made to be slow come to an end", () => {
  for (const text of [
    `${"a=".repeat(900)}${"token".repeat(40)}`,
    "https://".repeat(240),
    `${"x-".repeat(990)}key`,
    'password="'.repeat(190),
    `token:${'a="'.repeat(600)}`,
    "eyJaaaaaaaa-".repeat(160),
    "sk-".repeat(600),
    "curl -u ".repeat(240),
    "login digest ".repeat(150),
    "-----BEGIN PRIVATE KEY-----".repeat(70),
  ]) {
    expect(redactText(redactText(text))).toBe(redactText(text));
  }
});
