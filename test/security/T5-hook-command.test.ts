// No copy without this rule is tried: the command is a constant text, and each of its words is compared below.
// TRUST T5: the installed hook command fixes the repository, the client and the agent. Nothing in the environment
// or in a payload names another gate.
import { join } from "node:path";
import { expect, test } from "vitest";
import { dialect } from "../../src/clients/dialect.ts";
import { hookCommand } from "../../src/clients/hook-command.ts";
import { goodAnswer, ShimBench } from "../hook/shim-bench.ts";

const speak = dialect("claude-code");
const event = speak.decidingEvent;
const hook = { client: speak.id, agent: "coder", event, decides: true };

test("no variable and no working directory leads the shim to another gate", async () => {
  const [ours, evil] = [new ShimBench(), new ShimBench()];
  await ours.serve(goodAnswer('{"gate":"ours"}'));
  await evil.serve(goodAnswer('{"gate":"evil"}'));
  const environment = {
    ...{ MIRROR_HOME: evil.top, XDG_STATE_HOME: evil.top, HOME: evil.top, CLAUDE_PROJECT_DIR: evil.top },
    ...{
      CURL: "/evil",
      MIRROR_NODE: "/evil",
      MIRROR_MAIN: "/evil",
      state: evil.state,
      socket: evil.socket,
      PWD: evil.top,
    },
  };
  const input = JSON.stringify({ cwd: evil.top, transcript_path: evil.state });
  expect((await ours.run({ environment, input })).stdout).toBe('{"gate":"ours"}\n');
});

test("the command of scopes `local` and `user` carries absolute paths, client, agent and event", () => {
  const place = { kind: "fixed", shim: "/m/bin/mirror-hook", state: "/m/repos/r" } as const;
  expect(hookCommand(place, hook)).toMatch(
    /^\/bin\/sh '\/m\/bin\/mirror-hook' claude-code coder '\/m\/repos\/r' PreToolUse "\$PPID" \|\| /,
  );
});

test("the command of scope `project` carries client and agent, and no place", () => {
  const command = hookCommand({ kind: "from-path" }, hook);
  expect(command).toContain("mirror-hook claude-code coder '' PreToolUse");
  expect(command.replaceAll("/dev/null", "").replace("@mirroros/mirror", "")).not.toContain("/");
});

test("without a state directory the shim asks Node, whatever stands in the working directory", async () => {
  const bench = new ShimBench();
  await bench.serve(goodAnswer('{"gate":"found by chance"}'));
  const args = ["claude-code", "coder", "", event];
  const environment = { CLAUDE_PROJECT_DIR: "/some/project", MIRROR_HOME: bench.top };
  expect((await bench.run({ args, environment })).stdout).toBe('{"cold":true}\n');
  const cold = bench.coldCall();
  expect(cold?.args).toEqual([
    join(bench.top, "mirror.mjs"),
    "hook",
    "claude-code",
    "coder",
    "",
    event,
    String(process.pid),
  ]);
  expect(cold?.environment).toContain("CLAUDE_PROJECT_DIR=/some/project");
  expect(cold?.environment.some((line) => line.startsWith("MIRROR_HOME="))).toBe(false);
});

test("a payload's event must be the one that the hook was installed for", () => {
  const outcome = { hook_event_name: "PostToolUse", session_id: "s", tool_name: "Bash", tool_response: {} };
  expect(() => speak.decode(event, Buffer.from(JSON.stringify(outcome)))).toThrow(
    expect.objectContaining({ code: "malformed-payload" }),
  );
});
