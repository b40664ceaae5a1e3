// The shell commands that figures are taken on.
import { existsSync, readFileSync } from "node:fs";

const shared = "/work/shared/data/commands-dev.jsonl";

/** Gives the commands of a file, one a line as JSON, {"command": …}; without one, the project's own vectors. */
export function shellCommands(file) {
  const path = file ?? (existsSync(shared) ? shared : null);
  if (path === null) {
    const text = readFileSync(new URL("../test/vectors/everyday.json", import.meta.url), "utf8");
    return { commands: JSON.parse(text), name: "test/vectors/everyday.json" };
  }
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return { commands: lines.map((line) => JSON.parse(line).command), name: path.replace(/^.*\//, "") };
}
