import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256 } from "../base/digest.ts";
import { systemErrorCode } from "../base/errors.ts";
import { installShim, type ShimConstants } from "../clients/shim.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { dropCode } from "./compiled-program.ts";
import { ensurePrivateDirectory } from "./home.ts";
import { packageRoot, packageVersion } from "./package-root.ts";
import { findOnPath } from "./search-path.ts";

/** The copy of mirror that hooks run: it depends on no file in a work tree and on no package manager's cache. */
export interface Runtime {
  /** The shim that installed hook commands name. */
  readonly shim: string;
  /** The program that the shim falls back to. */
  readonly main: string;
}

/** Programs that can carry a call to the gate. Absolute paths; null where there is none. */
export type Carriers = Pick<ShimConstants, "perl" | "curl">;

/**
 * Finds the programs that can carry a call: the system's own perl (Linux only, see `hooks/mirror-hook`; a version
 * manager's could be written by an agent), and curl as `searchPath` has it.
 */
export function findCarriers(searchPath: string): Carriers {
  const perl = process.platform === "linux" ? findOnPath("perl", "/usr/bin") : null;
  return { perl, curl: findOnPath("curl", searchPath) };
}

/**
 * Copies this very program below MIRROR_HOME (`bin/`), once per version and content, and points the shim at it.
 * Older copies stay until nothing can run from them any more: the newest three are kept.
 */
export function installRuntime(home: string, carriers: Carriers): Runtime {
  const root = packageRoot();
  const bin = join(home, "bin");
  ensurePrivateDirectory(home);
  ensurePrivateDirectory(bin);
  const content = contentDigest(join(root, "dist", "bin"));
  const name = `${packageVersion(root)}-${content.slice(0, 12)}`;
  const target = join(bin, name);
  // Its name says what it should hold; what a crash or anybody else left of it is replaced.
  const isWhole = existsSync(target) && contentDigest(join(target, "dist", "bin")) === content;
  if (root !== target && !isWhole) {
    const temporary = `${target}.${process.pid}.tmp`;
    for (const part of ["package.json", "dist/bin", "hooks", "templates"]) {
      cpSync(join(root, part), join(temporary, part), { recursive: true, dereference: true });
    }
    rmSync(target, { recursive: true, force: true });
    putInPlace(temporary, target);
    dropOldRuntimes(bin, name);
  }
  const shim = shimPath(home);
  const main = join(target, "dist", "bin", "mirror.mjs");
  const source = readFileSync(join(root, "hooks", "mirror-hook"), "utf8");
  replaceFile(shim, installShim(source, { node: process.execPath, main, ...carriers }), 0o700);
  return { shim, main };
}

/** Where the shim is that installed hook commands name. */
export function shimPath(home: string): string {
  return join(home, "bin", "mirror-hook");
}

/** Another `agent add` may put the same copy there at the same time: then its copy serves. */
function putInPlace(temporary: string, target: string): void {
  try {
    renameSync(temporary, target);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOTEMPTY" && systemErrorCode(error) !== "EEXIST") throw error;
    rmSync(temporary, { recursive: true, force: true });
  }
}

function contentDigest(directory: string): string {
  if (!existsSync(directory)) return "";
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(directory, name)).isFile())
    .sort();
  return sha256(...files.flatMap((name) => [name, "\0", sha256(readFileSync(join(directory, name))), "\n"]));
}

function dropOldRuntimes(bin: string, current: string): void {
  const others = readdirSync(bin, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== current)
    .map((entry) => ({ name: entry.name, time: statSync(join(bin, entry.name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { name } of others.slice(2)) {
    rmSync(join(bin, name), { recursive: true, force: true });
    dropCode(dirname(bin), name);
  }
}
