import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MirrorError } from "../base/errors.ts";

/**
 * Finds the root of the mirror package this code runs from: the nearest directory upward with a package.json.
 * It holds for the bundle, for the modules of dist/lib and for the copy under MIRROR_HOME alike.
 */
export function packageRoot(): string {
  for (
    let directory = dirname(realpathSync(fileURLToPath(import.meta.url)));
    ;
    directory = dirname(directory)
  ) {
    if (existsSync(join(directory, "package.json"))) return directory;
    if (directory === dirname(directory)) {
      throw new MirrorError("internal", "mirror's own package.json is missing", {
        hint: "install mirror again",
      });
    }
  }
}

/** Gives the version of this package, as receipts and `--version` say it. */
export function packageVersion(root: string = packageRoot()): string {
  const value: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    typeof value.version === "string"
  ) {
    return value.version;
  }
  throw new MirrorError("internal", `${join(root, "package.json")} names no version`);
}
