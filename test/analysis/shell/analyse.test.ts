import { describe, expect, it } from "vitest";
import { analyse, analyseCommand } from "../../../src/analysis/analyse.ts";
import { noWorld, type World } from "../../../src/analysis/world.ts";
import type { ToolCall } from "../../../src/model/call.ts";
import { places } from "./render.ts";

const at = { cwd: "/repo", places, world: noWorld };

function reads(command: string): string[] {
  return analyseCommand(command, at).effects.flatMap(({ action, resource }) =>
    action === "fs.read" && resource.kind === "path" ? [resource.path] : [],
  );
}

describe("analyse", () => {
  it.each([
    "cat .env",
    "<.env",
    "cat < .env",
    "cp .env x",
    "x=.env; cat $x",
    "bash -c 'cat .env'",
    "echo cat .env | sh",
    "eval cat .env",
    "f() { cat $1; }; f .env",
    "timeout 5 cat .env",
    "cd src && cat ../.env",
    "echo $(cat .env)",
    "while read l; do :; done < .env",
    "for f in .env; do cat $f; done",
    "cat $'\\x2eenv'",
    "cat .{env,foo}",
  ])("%s reads .env", (command) => {
    expect(reads(command)).toContain("/repo/.env");
    const { risk } = analyseCommand(command, at);
    expect(risk.reasons).toContain("reads-secret");
  });

  it("a secret that is read raises the connection of another command", () => {
    const { risk } = analyseCommand("x=$(cat .env); curl -d hi https://example.com", at);
    expect(risk.level).toBe("critical");
  });

  it("a mistake of the analysis is one opaque effect", () => {
    const broken: World = {
      ...noWorld,
      realPath: () => {
        throw new RangeError("no such thing");
      },
    };
    const call: ToolCall = {
      client: "claude-code",
      tool: "Bash",
      session: "s",
      callId: null,
      cwd: "/repo",
      subagent: null,
      unattended: null,
      timeout: 0,
      inBackground: false,
      contents: [],
      input: { kind: "shell", command: "ls" },
      raw: "{}",
    };
    expect(analyse(call, places, broken)).toEqual({
      commands: [],
      effects: [
        {
          action: "unknown",
          resource: { kind: "tool", name: "Bash" },
          opaque: ["the analysis failed: no such thing"],
          command: null,
          risk: { level: "high", reasons: ["opaque"] },
        },
      ],
      risk: { level: "high", reasons: ["opaque"] },
    });
  });
});
