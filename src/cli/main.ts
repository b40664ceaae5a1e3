#!/usr/bin/env node
import { createRequire } from "node:module";
import { packageVersion } from "../app/package-root.ts";
import { exitCodes } from "./exit-code.ts";
import type { runStatus } from "./status-script.ts";

// Each way in loads only what it needs: a hook must not pay for the commands, nor `--version` for git.
const [command, ...rest] = process.argv.slice(2);
if (process.platform === "win32") {
  process.stderr.write("mirror is not served on Windows yet; it runs on Linux and macOS (and in WSL)\n");
  process.exitCode = exitCodes.failure;
} else if ((command === "--version" || command === "-V") && rest.length === 0) {
  process.stdout.write(`${packageVersion()}\n`);
} else if (command === "hook") {
  const { hookCommand } = await import("./hook-command.ts");
  process.exitCode = await hookCommand(rest);
} else if (command === "status" && ["", "--json"].includes(rest.join(" "))) {
  const script = createRequire(import.meta.url)("./status.cjs") as { readonly runStatus: typeof runStatus };
  process.exitCode = await script.runStatus({ json: rest.length > 0 });
} else {
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(process.argv.slice(2));
}
