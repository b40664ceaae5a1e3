import { join } from "node:path";
import { dialect } from "../../clients/dialect.ts";
import type { InstalledHooks, Scope } from "../../clients/hook-dialect.ts";
import type { ClientId } from "../../model/call.ts";
import type { Environment } from "../home.ts";
import { readSettings } from "../hooks.ts";
import { managedSettingsFiles, userSettingsFile } from "../settings-place.ts";
import type { Findings } from "./finding.ts";

/** One settings file of a client, read. */
export interface SettingsRead extends InstalledHooks {
  readonly file: string;
  readonly scope: Scope | "managed";
  /** The work tree it holds for; null: for all. */
  readonly workTree: string | null;
}

/**
 * Reads every settings file that counts for a client in these work trees. Those that are not there are left out; one
 * that cannot be understood is a problem.
 */
export async function readAllSettings(
  client: ClientId,
  workTrees: readonly string[],
  environment: Environment,
  findings: Findings,
): Promise<SettingsRead[]> {
  const speak = dialect(client);
  const places: Pick<SettingsRead, "file" | "scope" | "workTree">[] = [
    ...managedSettingsFiles(speak).map((file) => ({ file, scope: "managed" as const, workTree: null })),
    { file: userSettingsFile(speak, environment), scope: "user", workTree: null },
    ...workTrees.flatMap((workTree) =>
      (["project", "local"] as const).map((scope) => ({
        file: join(workTree, speak.settingsFile(scope).path),
        scope,
        workTree,
      })),
    ),
  ];
  const read: SettingsRead[] = [];
  const why = "the client may read it in another way, or not at all";
  for (const place of places) {
    const found = await findings.attempt("hooks", why, () => {
      const text = readSettings(place.file);
      return text === null
        ? []
        : [{ ...place, ...speak.installed(text.trim() === "" ? "{}" : text, place.file) }];
    });
    read.push(...(found ?? []));
  }
  return read;
}
