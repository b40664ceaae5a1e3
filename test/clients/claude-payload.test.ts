import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { isMirrorError } from "../../src/base/errors.ts";
import { limits } from "../../src/base/limits.ts";
import { dialect } from "../../src/clients/dialect.ts";
import { rawJson } from "../../src/clients/payload-json.ts";
import type { HookEvent, ToolInput } from "../../src/model/call.ts";

const speak = dialect("claude-code");
const payloads = new URL("../payloads/claude-code/", import.meta.url);
const payload = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`${name}.json`, payloads), "utf8"));
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const call = {
  session_id: "s",
  cwd: "/repo",
  hook_event_name: "PreToolUse",
  tool_name: "Bash",
  tool_input: { command: "ls" },
  tool_use_id: "c",
};

function decode(value: unknown, event = ""): HookEvent {
  return speak.decode(event, bytes(value));
}

function inputOf(tool: string, input: unknown, more: object = {}): ToolInput {
  const event = decode({ ...call, tool_name: tool, tool_input: input, ...more });
  if (event.event !== "call") throw new Error("no call");
  return event.call.input;
}

/** The field that a refused payload's error names. */
function refusedField(value: unknown, event = ""): unknown {
  return fieldOf(() => decode(value, event));
}

function fieldOf(decoding: () => unknown): unknown {
  try {
    decoding();
  } catch (error) {
    if (isMirrorError(error, "malformed-payload")) return error.data["field"];
    throw error;
  }
  return "(it was taken)";
}

const transcripts = "/home/dev/.claude/projects/-repo/9799de9f-7a02-4307-8632-b68700e13120";

describe("real payloads", () => {
  const installed = readdirSync(payloads).filter((name) => speak.events.includes(name.split("-")[0] ?? ""));

  test.each(installed)("%s is decoded for its event, and for no other", (name) => {
    const event = name.split("-")[0] ?? "";
    const data = readFileSync(new URL(name, payloads));
    expect(speak.decode(event, data)).toEqual(speak.decode("", data));
    const other = event === "PreToolUse" ? "PostToolUse" : "PreToolUse";
    expect(fieldOf(() => speak.decode(other, data))).toBe("hook_event_name");
  });

  test("there are payloads of every event", () => {
    const seen = new Set(installed.map((name) => name.split("-")[0]));
    expect([...seen].sort()).toEqual([...speak.events].sort());
  });

  test("a Bash call keeps who, where and what", () => {
    expect(decode(payload("PreToolUse-Bash-subagent"))).toEqual({
      event: "call",
      call: {
        client: "claude-code",
        tool: "Bash",
        session: "9799de9f-7a02-4307-8632-b68700e13120",
        callId: "call_h1",
        cwd: "/repo",
        subagent: { id: "a1e30ddb3438e38bc", type: "general-purpose" },
        unattended: null,
        timeout: 120_000,
        inBackground: false,
        contents: [],
        input: { kind: "shell", command: "echo hi > proof.txt" },
        raw: '{"command":"echo hi > proof.txt","description":"harness step"}',
      },
      transcripts: {
        files: [`${transcripts}.jsonl`, `${transcripts}/subagents/agent-a1e30ddb3438e38bc.jsonl`],
        directory: null,
      },
    });
  });

  test("where transcripts are is what the payload says, and nothing where it says nothing of use", () => {
    const places = (more: object) => decode({ ...call, ...more }).transcripts;
    const none = { files: [], directory: null };
    for (const path of [undefined, null, 7, ["a"]]) expect(places({ transcript_path: path })).toEqual(none);
    const path = "/t/s.jsonl";
    for (const agent of ["../../x", "a/b", "."])
      expect(places({ transcript_path: path, agent_id: agent })).toEqual({ files: [path], directory: null });
    expect(decode(payload("SubagentStop-none-subagent")).transcripts).toEqual({
      files: [`${transcripts}.jsonl`, `${transcripts}/subagents/agent-a0bcc3928f86f6721.jsonl`],
      directory: `${transcripts}/subagents`,
    });
  });

  test("somebody answers in the modes that are known to ask, and in no other", () => {
    const why = (mode: unknown): unknown => {
      const event = decode({ ...call, permission_mode: mode });
      return event.event === "call" ? event.call.unattended : event;
    };
    for (const mode of ["default", "acceptEdits", "plan"]) expect(why(mode)).toBe(null);
    expect(why("bypassPermissions")).toBe("permission mode `bypassPermissions`");
    for (const mode of [undefined, 7, "a b", "`x`"])
      expect(why(mode)).toBe("no permission mode that is known to ask");
  });

  test("a call says how long the client lets it run, or the client does", () => {
    const time = (input: object): unknown => {
      const event = decode({ ...call, tool_name: "Bash", tool_input: { command: "ls", ...input } });
      return event.event === "call" ? [event.call.timeout, event.call.inBackground] : event;
    };
    expect(time({ timeout: 5_000.5 })).toEqual([5_001, false]);
    for (const none of [{}, { timeout: -1 }, { timeout: "9" }, { timeout: 1e300 }])
      expect(time(none)).toEqual([120_000, false]);
    expect(time({ run_in_background: true })).toEqual([120_000, true]);
    expect(decode(payload("PreToolUse-mcp__probe__touch"))).toMatchObject({ call: { timeout: 600_000 } });
  });

  test("an MCP call names server and tool", () => {
    expect(decode(payload("PreToolUse-mcp__probe__touch"))).toMatchObject({
      call: { input: { kind: "mcp", server: "probe", tool: "touch" } },
    });
  });

  test("outcomes say what came of the call", () => {
    expect(decode(payload("PostToolUse-Bash"))).toMatchObject({
      event: "outcome",
      outcome: { callId: "call_h1", tool: "Bash", subagent: null, status: "ok", duration: 133 },
    });
    expect(decode(payload("PostToolUseFailure-Bash"))).toMatchObject({
      outcome: { status: "failed", duration: 40, raw: expect.stringContaining("Exit code 2") },
    });
    const interrupted = { ...payload("PostToolUseFailure-Bash"), is_interrupt: true };
    expect(decode(interrupted)).toMatchObject({ outcome: { status: "interrupted" } });
    const stopped = { ...payload("PostToolUse-Bash"), tool_response: { interrupted: true } };
    expect(decode(stopped)).toMatchObject({ outcome: { status: "interrupted" } });
  });

  test("sessions and subagents begin and end", () => {
    const session = "9799de9f-7a02-4307-8632-b68700e13120";
    const is = (what: string, subagent: unknown): unknown => ({
      event: "session",
      change: { session, what, subagent },
      transcripts: expect.objectContaining({ directory: `${transcripts}/subagents` }),
    });
    expect(decode(payload("SessionStart-startup"))).toEqual(is("session-start", null));
    expect(decode(payload("SessionEnd-none"))).toEqual(is("session-end", null));
    const subagent = { id: "a1e30ddb3438e38bc", type: "general-purpose" };
    expect(decode(payload("SubagentStart-none-subagent"))).toEqual(is("subagent-start", subagent));
    const stopped = { id: "a0bcc3928f86f6721", type: "general-purpose" };
    expect(decode(payload("SubagentStop-none-subagent"))).toEqual(is("subagent-stop", stopped));
  });

  test.each(["Stop-none", "UserPromptSubmit-none"])(
    "%s, which mirror does not install, is refused",
    (name) => {
      expect(refusedField(payload(name))).toBe("hook_event_name");
    },
  );
});

describe("tools", () => {
  test.each<[string, object, ToolInput]>([
    ["Bash", { command: " ls\n", run_in_background: true }, { kind: "shell", command: " ls\n" }],
    ["Read", { file_path: "/a", offset: 3 }, { kind: "read", path: "/a" }],
    ["NotebookRead", { notebook_path: "n.ipynb" }, { kind: "read", path: "n.ipynb" }],
    ["Write", { file_path: "/a", content: "" }, { kind: "write", path: "/a" }],
    ["Edit", { file_path: "/a", old_string: "", new_string: "x" }, { kind: "edit", path: "/a" }],
    ["MultiEdit", { file_path: "/a", edits: [] }, { kind: "edit", path: "/a" }],
    ["NotebookEdit", { notebook_path: "/n", new_source: "" }, { kind: "edit", path: "/n" }],
    ["LS", { path: "/a" }, { kind: "search", path: "/a", pattern: null, reads: false }],
    ["WebFetch", { url: "https://x.io", prompt: "p" }, { kind: "fetch", url: "https://x.io" }],
    ["WebSearch", { query: "q" }, { kind: "web-search" }],
    ["Agent", { prompt: "p", subagent_type: "explore" }, { kind: "spawn", type: "explore" }],
    ["Task", { prompt: "p" }, { kind: "spawn", type: "general-purpose" }],
    [
      "ReadMcpResourceTool",
      { server: "db", uri: "x" },
      { kind: "mcp", server: "db", tool: "resources/read" },
    ],
    ["ListMcpResourcesTool", {}, { kind: "unknown" }],
    ["TodoWrite", { todos: [] }, { kind: "inert" }],
    ["ExitPlanMode", {}, { kind: "inert" }],
    ["KillShell", { shell_id: "1" }, { kind: "inert" }],
    ["Skill", { command: "pdf" }, { kind: "unknown" }],
    ["SlashCommand", { command: "/x" }, { kind: "unknown" }],
    ["CronCreate", {}, { kind: "unknown" }],
    ["constructor", {}, { kind: "unknown" }],
    ["bash", { command: "ls" }, { kind: "unknown" }],
    ["PowerShell", { command: "ls" }, { kind: "unknown" }],
  ])("%s %j", (tool, input, expected) => {
    expect(inputOf(tool, input)).toEqual(expected);
  });

  test.each<[string, object, string]>([
    ["Bash", {}, "tool_input.command"],
    ["Bash", { command: ["ls"] }, "tool_input.command"],
    ["Bash", { command: "" }, "tool_input.command"],
    ["Bash", { command: "ls\0-la" }, "tool_input.command"],
    ["Bash", { command: "ls \ud800" }, "tool_input.command"],
    ["Read", { file_path: 3 }, "tool_input.file_path"],
    ["Read", { file_path: "/a\0b" }, "tool_input.file_path"],
    ["Write", { file_path: "/a" }, "tool_input.content"],
    ["Write", { content: "x" }, "tool_input.file_path"],
    ["Edit", { file_path: "/a", old_string: "x" }, "tool_input.new_string"],
    ["MultiEdit", { file_path: "/a", edits: {} }, "tool_input.edits"],
    ["NotebookEdit", { file_path: "/a" }, "tool_input.notebook_path"],
    ["Glob", { path: "/a" }, "tool_input.pattern"],
    ["Grep", { pattern: "x", path: "" }, "tool_input.path"],
    ["WebFetch", { url: null }, "tool_input.url"],
    ["WebSearch", {}, "tool_input.query"],
    ["Task", { subagent_type: {} }, "tool_input.subagent_type"],
  ])("%s %j is malformed", (tool, input, field) => {
    expect(refusedField({ ...call, tool_name: tool, tool_input: input })).toBe(field);
  });

  test.each<[string | undefined, string, string | null, string]>([
    [undefined, "**/*.ts", "**/*.ts", "."],
    ["/w", "src/*.ts", "*.ts", "/w/src"],
    [undefined, "/etc/**", "**", "/etc"],
    [undefined, "/etc/passwd", "passwd", "/etc"],
    [undefined, "/*", "*", "/"],
    ["/w", "~/.ssh/*", "*", "~/.ssh"],
    ["/w", "../../x/*", "*", "/x"],
    ["/w/v", "*/../../*", null, "/"],
    ["/w", "{a,b}/c", "{a,b}/c", "/w"],
  ])("Glob in %s for %s looks for %s below %s", (path, pattern, narrowed, below) => {
    expect(inputOf("Glob", { path, pattern })).toEqual({
      kind: "search",
      path: below,
      pattern: narrowed,
      reads: false,
    });
  });

  test.each<[string | undefined, string | null]>([
    [undefined, null],
    ["*.ts", "**/*.ts"],
    ["src/**/*.{ts,tsx}", "src/**/*.{ts,tsx}"],
    ["!*.md", null],
    ["*.ts,*.js", null],
    ["*.ts *.js", null],
    ["/x", null],
    ["../x", null],
  ])("Grep with glob %s is narrowed to %s", (glob, pattern) => {
    expect(inputOf("Grep", { pattern: "x", glob })).toEqual({
      kind: "search",
      path: ".",
      pattern,
      reads: true,
    });
  });

  test.each<[string, string | null, ToolInput]>([
    ["mcp__github__search", null, { kind: "mcp", server: "github", tool: "search" }],
    ["mcp__a_b__c_d", null, { kind: "mcp", server: "a_b", tool: "c_d" }],
    ["mcp__github__evil__run", null, { kind: "unknown" }],
    ["mcp__github__evil__run", "github__evil", { kind: "mcp", server: "github__evil", tool: "run" }],
    ["mcp__a___b", null, { kind: "unknown" }],
    ["mcp__my_server__x", "my server", { kind: "mcp", server: "my_server", tool: "x" }],
    ["mcp__github__x", "other", { kind: "unknown" }],
    ["mcp__", null, { kind: "unknown" }],
    ["mcp__a__", null, { kind: "unknown" }],
    ["mcp____a", null, { kind: "unknown" }],
  ])("%s (the client says server %s)", (tool, name, expected) => {
    expect(inputOf(tool, {}, name === null ? {} : { mcp_server: { name } })).toEqual(expected);
  });
});

describe("what the payload must have", () => {
  test.each<[string, object]>([
    ["session_id", { session_id: undefined }],
    ["session_id", { session_id: "s".repeat(513) }],
    ["cwd", { cwd: "repo" }],
    ["cwd", { cwd: undefined }],
    ["tool_name", { tool_name: 1 }],
    ["`tool_input`", { tool_input: [] }],
    ["`tool_input`", { tool_input: undefined }],
    ["tool_use_id", { tool_use_id: 7 }],
    ["hook_event_name", { hook_event_name: undefined }],
    ["agent_id", { agent_id: 7 }],
    ["agent_type", { agent_id: "a", agent_type: 7 }],
    ["mcp_server.name", { tool_name: "mcp__a__b", mcp_server: {} }],
  ])("%s: %j is refused", (field, change) => {
    expect(refusedField({ ...call, ...change })).toBe(field);
  });

  test("what is not needed may be missing, or more", () => {
    const { tool_use_id, ...bare } = call;
    expect(tool_use_id).toBe("c");
    expect(decode({ ...bare, agent_type: "main", new_key: { x: 1 } })).toMatchObject({
      call: { callId: null, subagent: null },
    });
    expect(decode({ ...call, agent_id: "a" })).toMatchObject({
      call: { subagent: { id: "a", type: "unknown" } },
    });
  });

  test("a key that comes from nowhere counts for nothing", () => {
    const text = '{"__proto__":{"session_id":"s","cwd":"/repo"},"hook_event_name":"PreToolUse"}';
    expect(fieldOf(() => speak.decode("", Buffer.from(text)))).toBe("tool_name");
  });

  test("of a key that stands twice the last counts, as for the client", () => {
    const text = JSON.stringify(call).replace(
      '"tool_input":',
      '"tool_input":{"command":"true"},"tool_input":',
    );
    expect(speak.decode("", Buffer.from(text))).toMatchObject({ call: { input: { command: "ls" } } });
  });
});

describe("limits", () => {
  test.each([
    ["nothing", Buffer.from("")],
    ["no JSON", Buffer.from("{")],
    ["no object", Buffer.from("[]")],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["too large", Buffer.alloc(limits.payload + 1, 0x20)],
    ["too deep", Buffer.from(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)],
  ])("%s is malformed", (_, data) => {
    expect(() => speak.decode("", data)).toThrow(expect.objectContaining({ code: "malformed-payload" }));
  });

  test("nesting up to the limit is taken", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const at = (levels: number): unknown => ({ ...call, tool_name: "x", tool_input: { a: nested(levels) } });
    expect(refusedField(at(limits.payloadDepth - 2))).toBe("(it was taken)");
    expect(() => decode(at(limits.payloadDepth - 1))).toThrow(/nests deeper/);
  });

  test("a message quotes nothing of a payload that is no JSON", () => {
    expect(() => speak.decode("", Buffer.from('{"password":"hunter2'))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });
});

test("whatever bytes come, decode gives an event or refuses them", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (data) => {
        try {
          speak.decode("PreToolUse", data);
        } catch (error) {
          if (!isMirrorError(error, "malformed-payload")) throw error;
        }
      },
    ),
  );
});

test("raw JSON is canonical JSON, and has a form for what that refuses", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      let canonical: string;
      try {
        canonical = canonicalJson(value);
      } catch (error) {
        if (error instanceof TypeError) return;
        throw error;
      }
      expect(rawJson(value)).toBe(canonical);
    }),
  );
  expect(rawJson(JSON.parse('{"b":"\\ud800","a":[1e400,12345678901234567890]}'))).toBe(
    '{"a":[1e999,12345678901234567000],"b":"\\ud800"}',
  );
});

test("answers are one line, in the client's words", () => {
  expect(speak.encodeDecision("deny", 'no "x"\nhere')).toBe(
    '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"no \\"x\\"\\nhere"}}',
  );
  expect(speak.encodeNothing()).toBe("{}");
});

test("an unknown client has no dialect", () => {
  for (const id of ["codex", "__proto__", ""]) {
    expect(() => dialect(id)).toThrow(expect.objectContaining({ code: "unknown-client" }));
  }
});
