import type { ScratchRepository } from "../fixtures/scratch-repository.ts";

/** Writes a commit on top of HEAD whose payload `sign` signed, with git's own plumbing; gives its id. */
export function signedCommit(repository: ScratchRepository, sign: (payload: Uint8Array) => string): string {
  return writeSigned(repository, payloadOf(repository), sign(payloadOf(repository)));
}

/** The same, for a signer that takes its time. */
export async function signedCommitLater(
  repository: ScratchRepository,
  sign: (payload: Uint8Array) => Promise<string>,
): Promise<string> {
  const payload = payloadOf(repository);
  return writeSigned(repository, payload, await sign(payload));
}

function payloadOf(repository: ScratchRepository): Buffer {
  const lines = [
    `tree ${repository.git("rev-parse", "HEAD^{tree}")}`,
    `parent ${repository.git("rev-parse", "HEAD")}`,
    "author Ada Test <ada@example.org> 1767225660 +0000",
    "committer Ada Test <ada@example.org> 1767225660 +0000",
    "",
    "ein Gruß, and a trailing space \n\nMirror-Test: 1\n",
  ];
  return Buffer.from(lines.join("\n"));
}

function writeSigned(repository: ScratchRepository, payload: Buffer, armored: string): string {
  const text = payload.toString("utf8");
  const end = text.indexOf("\n\n") + 1;
  const header = `gpgsig ${armored.replace(/\n$/, "").replaceAll("\n", "\n ")}\n`;
  const commit = text.slice(0, end) + header + text.slice(end);
  return repository.gitWith({ input: commit }, "hash-object", "-t", "commit", "-w", "--stdin");
}
