import { spawn } from "node:child_process";
import type { Editor } from "../app/policy/edit.ts";
import { MirrorError } from "../base/errors.ts";
import type { Context } from "./context.ts";

/**
 * Gives the editor of the person at the terminal, by the variables that git looks at; null where nobody is there. What
 * git's configuration names is not run: the repository's own is not the person's word.
 */
export function editorOf({ environment, terminal, note }: Context): Editor | null {
  if (!terminal.isInteractive) return null;
  const command = environment["GIT_EDITOR"] ?? environment["VISUAL"] ?? environment["EDITOR"] ?? "vi";
  return {
    edit: (directory, files) => open(command, directory, files),
    again: async ({ message }) => {
      note(message);
      return !/^n/i.test(await terminal.ask("Edit again? [Y/n] "));
    },
  };
}

function open(command: string, directory: string, files: readonly string[]): Promise<void> {
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
          new MirrorError("declined", `the editor (${command}) ended with ${code}; nothing was proposed`),
        );
    });
  });
}
