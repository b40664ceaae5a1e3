import { join } from "node:path";
import { type Dialect, dialect } from "../clients/dialect.ts";
import { shellWord } from "../clients/hook-command.ts";
import type { Scope } from "../clients/hook-dialect.ts";
import type { Repository } from "../git/repository.ts";
import { listWorkTrees } from "../git/work-trees.ts";
import { clientIds } from "../model/call.ts";
import type { Environment } from "./home.ts";
import { applySettings, readSettings } from "./hooks.ts";
import { userSettingsFile } from "./settings-place.ts";

/** A settings file that hooks were taken out of. */
export interface TakenSettings {
  readonly file: string;
  readonly scope: Scope;
  /** True if nothing else stood in it. */
  readonly removed: boolean;
}

/** Settings without mirror's hooks, worked out and not written yet. */
export interface SettingsPlan {
  readonly taken: readonly TakenSettings[];
  readonly write: () => void;
}

/**
 * Works out every client's settings without the hooks of this repository: in its work trees all that are mirror's; in
 * the person's own file those that name one of its state directories, as another repository may be bound there.
 * Throws `invalid-document` for settings that are not understood.
 */
export async function planSettings(
  repository: Repository,
  stateDirectories: readonly string[],
  environment: Environment,
): Promise<SettingsPlan> {
  const planned: (TakenSettings & { readonly after: string | null })[] = [];
  const trees = await listWorkTrees(repository);
  for (const speak of clientIds.map((id) => dialect(id))) {
    const places: [Scope, string][] = [
      ...trees.flatMap(({ path }): [Scope, string][] => [
        ["local", join(path, speak.settingsFile("local").path)],
        ["project", join(path, speak.settingsFile("project").path)],
      ]),
      ["user", userSettingsFile(speak, environment)],
    ];
    for (const [scope, file] of places) {
      const before = readSettings(file);
      if (before === null || !isOfThis(speak, before, file, scope === "user" ? stateDirectories : null))
        continue;
      const after = speak.uninstall(before, file);
      planned.push({ file, scope, removed: after === null, after });
    }
  }
  return {
    taken: planned.map(({ file, scope, removed }) => ({ file, scope, removed })),
    write: () => {
      for (const { file, after } of planned) applySettings(file, after);
    },
  };
}

/** `states`: the hooks must name one of them; null: any hooks of mirror's are this repository's. */
function isOfThis(speak: Dialect, text: string, file: string, states: readonly string[] | null): boolean {
  if (text.trim() === "") return false;
  const { hooks } = speak.installed(text, file);
  if (states === null) return hooks.length > 0;
  return hooks.some(({ command }) => states.some((state) => command.includes(shellWord(state))));
}
