import { loginMirrorHome, type StatePaths, statePathsAt } from "../app/home.ts";
import { findProject } from "../app/projects.ts";
import { runHook } from "../hook/run-hook.ts";
import { exitCodes } from "./exit-code.ts";
import { readStandardInput } from "./standard-input.ts";

/**
 * `mirror hook <client> <agent> <state directory> <event> <pid>` (an empty state directory: scope `project`): what the shim hands over to when it cannot reach the
 * daemon by itself. Prints the client's answer; the exit code is 0 whatever the decision, since the answer says it.
 */
export async function hookCommand(args: readonly string[]): Promise<number> {
  const [client, agent, directory = "", event = "", pid = ""] = args;
  if (client === undefined || agent === undefined) {
    process.stderr.write("usage: mirror hook <client> <agent> <state directory> <event> <pid>\n");
    return exitCodes.usage;
  }
  const body = await readStandardInput();
  const state = directory === "" ? projectState() : statePathsAt(directory);
  const answer = await runHook({ client, agent, event, state, body, parentPid: pid });
  process.stdout.write(answer);
  return exitCodes.ok;
}

// Scope `project`: the command in the settings holds no path, so the directory the client names decides, by a
// table of the login's own. No variable can move that table (TRUST T5).
function projectState(): StatePaths | { readonly refusal: string } {
  const project = process.env["CLAUDE_PROJECT_DIR"] ?? process.cwd();
  const found = findProject(loginMirrorHome(), project);
  if (found !== null) return found;
  return {
    refusal: `\`${project}\` is not set up on this machine; run \`mirror init\` there, then \`mirror agent add\``,
  };
}
