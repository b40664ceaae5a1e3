import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Intake } from "../../src/gate/intake.ts";
import { boundRepository } from "../fixtures/governed-repository.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// An agent that floods its socket is denied without growing the ledger; one gap receipt stands for the rest. And a
// call whose answer nobody took has the outcome `undelivered` (R6).

test("H3: a socket takes a burst of 1,000 and no more, and all of a flood where nobody counts", async () => {
  const { Intake: Uncounted } = await moduleWithout<{ readonly Intake: typeof Intake }>(
    "src/gate/intake.ts",
    {
      file: "src/gate/intake.ts",
      text: "if (this.#tokens < 1) {",
      by: "if (this.#tokens < Number.NEGATIVE_INFINITY) {",
    },
  );
  const taken = (intake: Intake): number =>
    Array.from({ length: 3_000 }, () => intake.take()).filter(Boolean).length;
  let now = 0;
  const intake = new Intake(() => now);
  expect([taken(intake), taken(new Uncounted(() => 0))]).toEqual([1_000, 3_000]);
  // 100 a second from then on.
  now = 2_000;
  expect(taken(intake)).toBe(200);
});

function post(socket: string, body: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath: socket,
        method: "POST",
        path: "/v1/hook/claude-code",
        headers: { "x-mirror-nonce": "0123456789abcdef0123", "x-mirror-event": "PreToolUse" },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve(text));
      },
    );
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

/** Sends a whole request and hangs up before the answer. */
function postAndGo(socket: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const head = `POST /v1/hook/claude-code HTTP/1.1\r\nHost: mirror\r\nX-Mirror-Nonce: 0123456789abcdef0123\r\nX-Mirror-Event: PreToolUse\r\nContent-Length: ${body.length}\r\n\r\n`;
    const connection = connect(socket);
    connection.on("error", reject);
    connection.write(`${head}${body}`, () => {
      connection.destroy();
      resolve();
    });
  });
}

test("H3, R6: a flood is denied and counted, an answer nobody took is recorded", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  const sockets = readFileSync(join(repository.state(), "sockets.at"), "utf8").trim();
  const socket = join(sockets, "coder.sock");
  const call = {
    session_id: "flood",
    cwd: repository.directory,
    hook_event_name: "PreToolUse",
    tool_name: "Bash",
    tool_input: { command: "ls" },
    tool_use_id: "x",
  };
  await postAndGo(socket, JSON.stringify(call));
  let denied = 0;
  for (let round = 0; round < 50 && denied === 0; round += 1) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(socket, call)));
    denied += answers.filter((answer) => answer.includes('"deny"')).length;
  }
  expect(denied).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await post(socket, call);
  const log = repository.ok("log", "--json", "--kind", "gap").trim().split("\n");
  expect(log).toHaveLength(1);
  const undelivered = repository.ok("log", "--json", "--kind", "outcome").trim().split("\n");
  expect(JSON.parse(undelivered[0] ?? "{}").outcome.status).toBe("undelivered");
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});
