import type { Editor } from "../app/policy/edit.ts";
import { openEditor } from "../app/policy/open-editor.ts";
import { type Context, errorReport } from "./context.ts";

/** Gives the editor of the person at the terminal; null where nobody is there. */
export function editorOf({ environment, terminal, note }: Context): Editor | null {
  if (!terminal.isInteractive) return null;
  return {
    edit: (directory, files) => openEditor(environment, directory, files),
    again: async (mistake) => {
      note(errorReport(mistake));
      return !/^n/i.test(await terminal.ask("Edit again? [Y/n] "));
    },
  };
}
