import { analyseShell, type ShellAnalysis } from "../../../src/analysis/shell/analyse-shell.ts";
import type { Understand } from "../../../src/analysis/understanding.ts";
import type { World } from "../../../src/analysis/world.ts";
import { noWorld } from "../../../src/analysis/world.ts";
import type { Word } from "../../../src/model/command.ts";
import { standIn } from "./stand-in.ts";

export const places = {
  repo: ["/repo"],
  home: "/home/u",
  tmp: ["/tmp"],
  git: ["/repo/.git"],
  mirror: ["/home/u/.local/state/mirror"],
} as const;

/** A machine with these directories and files; nothing else. */
export function worldOf(directories: readonly string[], files: Readonly<Record<string, string>> = {}): World {
  return {
    readText: (path) => files[path] ?? null,
    realPath: (path) => path,
    list: (path) => (directories.includes(path) ? [] : null),
  };
}

export function analyse(
  text: string,
  world: World = noWorld,
  understand: Understand = standIn,
): ShellAnalysis {
  const surroundings = { places, world };
  return analyseShell(text, { cwd: "/repo", environment: new Map() }, surroundings, understand);
}

/** One word as the vectors write it: JSON text if static, `<text>` if open, with `*` if it may be many, `~` if a glob. */
export function renderWord(word: Word): string {
  if (typeof word === "string") return /^[\w./:=@%+,~-]+$/.test(word) ? word : JSON.stringify(word);
  return `<${word.text}>${word.glob ? "~" : ""}${word.many ? "*" : ""}`;
}

/**
 * One line for each command, in order: depth by `>`, then its words. Then its effects beside running: `!` and why it is
 * opaque, `r:`, `w:`, `net:` and where. A looked-through command has its line in parentheses.
 */
export function render({ commands, effects }: ShellAnalysis): string[] {
  return commands.map((command, index) => {
    let depth = 0;
    for (let up = command.parent; up !== null; up = commands[up]?.parent ?? null) depth += 1;
    const own = effects.filter((effect) => effect.command === index);
    const words = command.argv.map(renderWord).join(" ");
    const notes = own.flatMap((effect) => {
      const { resource } = effect;
      const unsure = effect.opaque.map((reason) => `!${reason}`);
      if (resource.kind === "command") return unsure;
      if (resource.kind === "host") return [`net:${resource.host ?? "?"}`];
      if (resource.kind !== "path") return [resource.kind];
      const shape = resource.shape === "exact" ? "" : `${resource.shape}:`;
      return [`${effect.action.slice(3, 4)}:${shape}${resource.path}`];
    });
    const runs = own.some((effect) => effect.resource.kind === "command");
    const line = `${">".repeat(depth)}${runs ? words : `(${words})`}`;
    return [line, ...notes].join(" | ");
  });
}
