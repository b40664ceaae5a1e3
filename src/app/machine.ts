import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DirectoryEntry, World } from "../analysis/world.ts";

/** The machine the gate runs on, as the analysis may see it. Reads only; every failure is "not known". */
export const thisMachine: World = {
  readText(path, limit) {
    return orNull(() => {
      const found = lstatSync(realpathSync.native(path));
      if (!found.isFile() || found.size > limit) return null;
      return readFileSync(path, "utf8");
    });
  },
  realPath(path) {
    return resolveExisting(path);
  },
  list(directory) {
    return orNull(() =>
      readdirSync(directory, { withFileTypes: true }).map((entry): DirectoryEntry => {
        if (entry.isFile()) return { name: entry.name, kind: "file" };
        if (entry.isDirectory()) return { name: entry.name, kind: "directory" };
        return { name: entry.name, kind: entry.isSymbolicLink() ? "link" : "other" };
      }),
    );
  },
};

/** Gives the bytes of a plain file, links followed; null where there is none. */
export function fileSize(path: string): number | null {
  return orNull(() => {
    const found = statSync(path);
    return found.isFile() ? found.size : null;
  });
}

/** The longest path that the systems we run on take. */
const longestPath = 4_096;

/** Resolves links in the part of `path` that exists; what does not exist yet is appended as it stands. */
function resolveExisting(path: string): string | null {
  if (path.length > longestPath) return null;
  let missing = "";
  for (let existing = path; ; existing = dirname(existing)) {
    const real = orNull(() => realpathSync.native(existing));
    if (real !== null) return missing === "" ? real : join(real, missing);
    // A link that leads nowhere still decides where a write would go: its place is not known.
    if (orNull(() => lstatSync(existing)) !== null) return null;
    if (existing === "/") return null;
    missing = join(existing.slice(dirname(existing).length).replace(/^\//, ""), missing);
  }
}

// The World's contract is "null where it cannot be known": a file that is gone, closed to us or a loop is
// that, whatever the system calls it. Anything that is no system error is a mistake of ours and goes on.
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return null;
    throw error;
  }
}
