import { sha256 } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import type { Lineage } from "../model/lineage.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";

/**
 * Gives D(T), the digest of a policy set (TRUST P2): SHA-256 over `mirror/policy-set/v1\n` and, in byte order
 * of the path, `100644 <sha256 of the content> <path>\0` for each file; 64 lower-case hex digits.
 *
 * Throws `invalid-policy-set` for a path that no policy set has.
 */
export function policySetDigest(files: PolicySetFiles): string {
  const paths = [...files.keys()].map((path) => ({ path, bytes: pathBytes(path) }));
  paths.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const records = paths.map(({ path }) => `100644 ${sha256(files.get(path) ?? "")} ${path}\0`);
  return sha256("mirror/policy-set/v1\n", ...records);
}

/** Gives L₀, the lineage at a genesis commit with policy set D(T₀) (TRUST P2): 64 lower-case hex digits. */
export function firstLineage(genesis: string, digest: string): string {
  return sha256(`mirror/lineage/v1\n${genesis}\n${digest}\n`);
}

/** Gives Lₙ from Lₙ₋₁ and the digest of the approved policy set. */
export function nextLineage(lineage: string, digest: string): string {
  return sha256(`mirror/lineage/v1\n${lineage}\n${digest}\n`);
}

/** Gives where a policy set stands after one more approved change. */
export function childLineage(parent: Lineage, digest: string): Lineage {
  const lineage = nextLineage(parent.lineage, digest);
  return { genesis: parent.genesis, epoch: parent.epoch + 1, lineage, digest };
}

// `memory/` has a lineage of its own; the other forms would let two sets of files share one digest.
function pathBytes(path: string): Buffer {
  const bytes = Buffer.from(path, "utf8");
  const segments = path.split("/");
  const wrong =
    segments.some((segment) => segment === "" || segment === "." || segment === "..") ||
    segments[0] === "memory" ||
    path.includes("\0") ||
    bytes.toString("utf8") !== path;
  if (wrong) {
    const expected = "expected one below .mirror/, not in memory/, without empty segments, `.` and `..`";
    throw new MirrorError("invalid-policy-set", `\`${path}\` is no path of a policy set, ${expected}`, {
      hint: "name another path, for example policies/base.yaml",
    });
  }
  return bytes;
}
