// The policy set that `mirror init` writes, and the calls that a client's shell tool would make under it.
import { readFileSync } from "node:fs";
import { parsePolicySet } from "../dist/lib/model/documents.js";
import { compilePolicySet } from "../dist/lib/policy/compile.js";

export const coder = { agent: "coder", subagent: null };

/** Gives the template `solo`, bound to the agent `coder`. */
export function solo() {
  const read = (path) => readFileSync(new URL(`../templates/solo/${path}`, import.meta.url));
  const binding = "version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n";
  const files = new Map([
    ["mirror.yaml", read("mirror.yaml")],
    ["policies/base.yaml", read("policies/base.yaml")],
    ["agents/coder.yaml", Buffer.from(binding)],
  ]);
  return compilePolicySet(parsePolicySet(files, { unsigned: true }).set);
}

/**
 * Gives the call of a shell tool that works in `cwd`.
 * @returns {import("../dist/lib/model/call.js").ToolCall}
 */
export function shellCall(command, cwd) {
  return {
    client: "claude-code",
    tool: "Bash",
    session: "bench",
    callId: null,
    subagent: null,
    unattended: null,
    timeout: 0,
    inBackground: false,
    contents: [],
    cwd,
    input: { kind: "shell", command },
    raw: "",
  };
}
