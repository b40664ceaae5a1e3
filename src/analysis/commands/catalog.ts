import { archives } from "./archives.ts";
import { buildTools } from "./build-tools.ts";
import { builtins } from "./builtins.ts";
import { cloud } from "./cloud.ts";
import { databases } from "./databases.ts";
import { files } from "./files.ts";
import { git } from "./git.ts";
import { interpreters } from "./interpreters.ts";
import { network } from "./network.ts";
import { packages } from "./packages.ts";
import type { Program } from "./program.ts";
import { system } from "./system.ts";
import { text } from "./text.ts";
import { wrappers } from "./wrappers.ts";

/** Every program mirror knows. An earlier entry of a name wins. */
export const catalog: readonly Program[] = [
  ...builtins,
  ...files,
  ...text,
  ...archives,
  ...git,
  ...wrappers,
  ...interpreters,
  ...network,
  ...packages,
  ...buildTools,
  ...system,
  ...cloud,
  ...databases,
];

const byName: ReadonlyMap<string, Program> = new Map(
  catalog
    .toReversed()
    .flatMap((program) => program.names.split(/\s+/).map((name) => [name, program] as const)),
);

/** Gives what is known of a program; undefined for a stranger. */
export function findProgram(name: string): Program | undefined {
  return byName.get(name);
}
