import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dialect } from "../../src/clients/dialect.ts";
import { hookCommand } from "../../src/clients/hook-command.ts";

const speak = dialect("claude-code");
const file = ".claude/settings.local.json";
const commandFor =
  (agent: string, state = "/state") =>
  (event: string): string =>
    hookCommand(
      { kind: "fixed", shim: "/home/ada/mirror/bin/mirror-hook", state },
      { client: "claude-code", agent, event, decides: event === speak.decidingEvent },
    );
const command = commandFor("coder");
const install = (settings: string | null, of = command): string => speak.install(settings, of, file);

test("a new file holds one entry for each event", () => {
  const text = install(null);
  expect(text.endsWith("}\n")).toBe(true);
  const settings = JSON.parse(text);
  expect(Object.keys(settings)).toEqual(["hooks"]);
  expect(Object.keys(settings.hooks)).toEqual([...speak.events]);
  expect(settings.hooks.PreToolUse).toEqual([
    {
      matcher: "*",
      hooks: [{ type: "command", command: command("PreToolUse"), timeout: 400, onFailure: "block" }],
    },
  ]);
  expect(settings.hooks.SessionEnd).toEqual([
    { hooks: [{ type: "command", command: command("SessionEnd"), timeout: 30 }] },
  ]);
  expect(speak.isInstalled(text, command, file)).toBe(true);
  expect(speak.isInstalled(text, commandFor("other"), file)).toBe(false);
  expect(speak.uninstall(text, file)).toBeNull();
});

const foreign = `{
\t"permissions": {"allow": ["Bash(npm test)"], "n": 1.0e3},
\t"hooks": {
\t\t"PreToolUse": [
\t\t\t{
\t\t\t\t"matcher": "Bash",
\t\t\t\t"hooks": [{"type": "command", "command": "my-own-mirror-hooks.sh"}]
\t\t\t}
\t\t],
\t\t"Stop": [{"hooks": []}]
\t},
\t"10": "kept where it stands", "2": true
}`;

test("what stands there keeps its bytes, its order and its indentation", () => {
  const text = install(foreign);
  expect(text).toContain('"permissions": {"allow": ["Bash(npm test)"], "n": 1.0e3}');
  expect(text).toContain('\t"10": "kept where it stands", "2": true\n}');
  expect(text).toContain('\n\t\t\t{\n\t\t\t\t"matcher": "*",\n');
  expect(JSON.parse(text).hooks.PreToolUse).toHaveLength(2);
  expect(speak.installed(text, file).hooks).toHaveLength(speak.events.length);
  expect(speak.uninstall(text, file)).toBe(foreign);
});

test("without anything of ours, uninstall gives the very same text", () => {
  expect(speak.uninstall(foreign, file)).toBe(foreign);
  expect(speak.uninstall(" { } ", file)).toBe(" { } ");
});

test.each([
  ["one line", '{"a":1}'],
  ["carriage returns", '{\r\n  "a": 1\r\n}\r\n'],
  ["four blanks", '{\n    "a": [\n        1\n    ]\n}\n'],
  ["a byte-order mark", '\uFEFF{\n  "a": 1\n}\n'],
  ["a single-line hooks object", '{\n  "hooks": { "PreToolUse": [ {"hooks": []} ] }\n}\n'],
])("%s: put in and taken out again leaves no trace", (_, settings) => {
  const text = install(settings);
  expect(speak.isInstalled(text, command, file)).toBe(true);
  expect(text.includes("\r\n")).toBe(settings.includes("\r\n"));
  expect(text.replaceAll("\r\n", "").includes("\n")).toBe(settings.replaceAll("\r\n", "").includes("\n"));
  expect(speak.uninstall(text, file)).toBe(settings);
});

describe("our earlier entries", () => {
  test("are replaced where they stand", () => {
    const before = install('{\n  "hooks": {"Stop": []},\n  "z": 1\n}\n', commandFor("writer"));
    const after = install(before);
    expect(after).toBe(before.replaceAll(" writer ", " coder "));
    expect(install(after)).toBe(after);
  });

  test("that a person merged with their own keep the person's", () => {
    const mixed = `{"hooks":{"PreToolUse":[{"matcher":"*","hooks":[{"type":"command","command":"lint"},{"type":"command","command":"mirror-hook claude-code old"}]}]}}`;
    const after = install(mixed);
    expect(JSON.parse(after).hooks.PreToolUse).toEqual([
      {
        matcher: "*",
        hooks: [{ type: "command", command: "lint" }, expect.objectContaining({ onFailure: "block" })],
      },
    ]);
    expect(speak.isInstalled(after, command, file)).toBe(true);
    expect(JSON.parse(speak.uninstall(after, file) ?? "")).toEqual({
      hooks: { PreToolUse: [{ matcher: "*", hooks: [{ type: "command", command: "lint" }] }] },
    });
  });

  test("that stand twice, or at an event we do not use, go", () => {
    const ours = { hooks: [{ type: "command", command: "/x/bin/mirror-hook claude-code coder" }] };
    const twice = JSON.stringify({ hooks: { Stop: [ours], PreToolUse: [ours, ours, { hooks: [] }, ours] } });
    const after = install(twice);
    expect(speak.isInstalled(after, command, file)).toBe(true);
    expect(JSON.parse(after).hooks.Stop).toBeUndefined();
    expect(JSON.parse(speak.uninstall(after, file) ?? "")).toEqual({
      hooks: { PreToolUse: [{ hooks: [] }] },
    });
  });
});

test("a file that switches hooks off is reported", () => {
  const text = install('{"disableAllHooks": true}');
  expect(speak.installed(text, file)).toMatchObject({
    disabled: true,
    hooks: { length: speak.events.length },
  });
  expect(speak.isInstalled(text, command, file)).toBe(false);
});

test.each([
  ['{"a": 1,}', "1:9"],
  ["{\n  // no\n}", "2:3"],
  ["[]", "1:1"],
  ['{\n  "hooks": []\n}', "2:12"],
  ['{"hooks": {"PreToolUse": {}}}', "1:26"],
  ['{"hooks": {}, "hooks": {}}', "1:15"],
  ['{"a": 01}', "1:8"],
  ['{"a": "\n"}', "1:7"],
  ['{"a": 1} x', "1:10"],
  [`{"a": ${"[".repeat(1_000)}`, "1:71"],
])("%.40s is refused at %s and stays as it is", (settings, place) => {
  expect(() => install(settings)).toThrow(
    expect.objectContaining({
      code: "invalid-document",
      message: expect.stringContaining(`${file}:${place}: `),
    }),
  );
});

test("an empty file is a new one", () => {
  expect(install("\n")).toBe(install(null));
});

test("for any settings: nothing else changes, and taking out undoes putting in", () => {
  const hooks = fc.dictionary(
    fc.constantFrom("PreToolUse", "PostToolUse", "Stop", "SessionStart"),
    fc.array(fc.record({ matcher: fc.string(), hooks: fc.array(fc.jsonValue(), { minLength: 1 }) }), {
      minLength: 1,
    }),
    { minKeys: 1 },
  );
  const others = fc.dictionary(
    fc.string().filter((key) => key !== "hooks" && key !== "__proto__"),
    fc.jsonValue(),
    { minKeys: 1, noNullPrototype: true },
  );
  const settings = fc.record({ others, hooks: fc.option(hooks) });
  fc.assert(
    fc.property(settings, fc.constantFrom(0, 2, "\t"), fc.boolean(), ({ others, hooks }, indent, end) => {
      const value = hooks === null ? others : { ...others, hooks };
      const text = JSON.stringify(value, null, indent) + (end ? "\n" : "");
      const after = install(text);
      const { hooks: _, ...rest } = JSON.parse(after);
      expect(rest).toEqual(JSON.parse(JSON.stringify(others)));
      expect(speak.isInstalled(after, command, file)).toBe(true);
      expect(install(after)).toBe(after);
      expect(speak.uninstall(after, file)).toBe(text);
    }),
    { numRuns: 40 },
  );
});
