import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

interface Snapshot {
  readonly stamp: string;
  readonly refs: ReadonlyMap<string, string>;
}

const mostRepositories = 16;
const snapshots = new Map<string, Snapshot>();
const none: ReadonlyMap<string, string> = new Map();

/**
 * Gives the refs in `packed-refs`, by full name. The file is read again only when it was replaced: git never
 * writes into it.
 */
export function packedRefs(commonDir: string): ReadonlyMap<string, string> {
  const path = join(commonDir, "packed-refs");
  const stamp = stampOf(path);
  if (stamp === null) return none;
  const known = snapshots.get(path);
  if (known?.stamp === stamp) return known.refs;
  const refs = parse(readFileSync(path, "utf8"));
  // Replaced while it was read: what was read is whole all the same, but is not to be remembered under this stamp.
  if (stampOf(path) === stamp) remember(path, { stamp, refs });
  return refs;
}

function stampOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined
    ? null
    : `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}

// Lines are `<id> <name>`, `# …`, and `^<id>` (what the tag in the line before leads to).
function parse(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]{40}) (\S+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) refs.set(match[2], match[1]);
  }
  return refs;
}

function remember(path: string, snapshot: Snapshot): void {
  snapshots.delete(path);
  snapshots.set(path, snapshot);
  for (const oldest of snapshots.keys()) {
    if (snapshots.size <= mostRepositories) break;
    snapshots.delete(oldest);
  }
}
