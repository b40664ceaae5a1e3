import { MirrorError } from "../base/errors.ts";
import { type Commit, type Identity, parseCommit } from "./commit.ts";

/** What an unsigned commit says. */
export type CommitFields = Pick<Commit, "tree" | "parents" | "author" | "committer" | "message">;

/**
 * Writes an unsigned commit as git does: the bytes that are signed. parseCommit gives the same fields back.
 *
 * Throws `internal` for fields that a commit cannot hold exactly (a `<` or newline in a name, a NUL).
 */
export function encodeCommit(fields: CommitFields): Uint8Array {
  const parents = fields.parents.map((parent) => `parent ${parent}\n`).join("");
  const author = `author ${identityText(fields.author)}\n`;
  const committer = `committer ${identityText(fields.committer)}\n`;
  const payload = Buffer.from(
    `tree ${fields.tree}\n${parents}${author}${committer}\n${fields.message}`,
    "utf8",
  );
  requireSame(parseCommit(payload), fields);
  return payload;
}

/**
 * Puts an armored signature over `payload` into the commit: git's `gpgsig` header, the last one, with a space
 * before each further line. Both texts must end as git writes them (the armor with one newline).
 */
export function withSignature(payload: Uint8Array, armored: string): Uint8Array {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const end = text.indexOf("\n\n");
  const header = Buffer.from(`\ngpgsig ${armored.replace(/\n+$/, "").split("\n").join("\n ")}`, "utf8");
  const commit = Buffer.concat([text.subarray(0, end), header, text.subarray(end)]);
  const parsed = parseCommit(commit);
  if (!text.equals(parsed.payload))
    throw new MirrorError("internal", "a signature did not fit into its commit");
  return commit;
}

function identityText(identity: Identity): string {
  return `${identity.name} <${identity.email}> ${identity.time} ${identity.zone}`;
}

// A field with a newline in it would write headers of its own: what comes back must be what went in.
function requireSame(commit: Commit, fields: CommitFields): void {
  const same =
    commit.signature === null &&
    commit.tree === fields.tree &&
    commit.message === fields.message &&
    commit.parents.join() === fields.parents.join() &&
    sameIdentity(commit.author, fields.author) &&
    sameIdentity(commit.committer, fields.committer);
  if (!same) throw new MirrorError("internal", "a commit cannot hold these fields as they are");
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.name === b.name && a.email === b.email && a.time === b.time && a.zone === b.zone;
}
