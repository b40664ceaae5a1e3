import type { DirectoryEntry, World } from "../../src/analysis/world.ts";

/** A machine of texts by absolute path; `links` name their targets. */
export function machine(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>> = {},
): World {
  const paths = [...Object.keys(files), ...Object.keys(links)];
  const resolve = (path: string): string => {
    for (const [link, target] of Object.entries(links)) {
      if (path === link || path.startsWith(`${link}/`)) return resolve(target + path.slice(link.length));
    }
    return path;
  };
  return {
    readText: (path, limit) => {
      const text = files[resolve(path)];
      return text === undefined || text.length > limit ? null : text;
    },
    realPath: resolve,
    list: (directory) => {
      const base = directory === "/" ? "/" : `${resolve(directory)}/`;
      const entries = new Map<string, DirectoryEntry["kind"]>();
      for (const path of paths) {
        if (!path.startsWith(base)) continue;
        const [name = "", ...below] = path.slice(base.length).split("/");
        const kind = below.length > 0 ? "directory" : path in links ? "link" : "file";
        if (name !== "") entries.set(name, kind);
      }
      return entries.size === 0 ? null : [...entries].map(([name, kind]) => ({ name, kind }));
    },
  };
}
