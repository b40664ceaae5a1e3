import { spawn } from "node:child_process";
import { MirrorError } from "../../base/errors.ts";
import type { Environment } from "../home.ts";

/**
 * Opens files of a directory in the person's editor, by the variables that git looks at, on this very terminal. What git's
 * configuration names is not run: the repository's own is not the person's word. Throws `declined` where it ends badly.
 */
export function openEditor(
  environment: Environment,
  directory: string,
  files: readonly string[],
): Promise<void> {
  const command = environment["GIT_EDITOR"] ?? environment["VISUAL"] ?? environment["EDITOR"] ?? "vi";
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", `${command} "$@"`, command, ...files], {
      cwd: directory,
      stdio: "inherit",
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else
        reject(
          new MirrorError("declined", `the editor (${command}) ended with ${code}; nothing was proposed`, {
            hint: "try again; GIT_EDITOR, VISUAL and EDITOR say which editor it is",
          }),
        );
    });
  });
}
