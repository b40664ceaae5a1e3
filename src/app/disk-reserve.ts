import { statfsSync } from "node:fs";

/** Bytes that stay free, so that the ledger and the person's own work never fight for the last ones. */
const reserve = 32 * 1024 * 1024;
const lookEvery = 1_000;

/** Tells whether the disk under `directory` has its reserve; looks at most once a second. */
export function diskReserveCheck(directory: string, clock: () => number): () => boolean {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let enough = true;
  return () => {
    const now = clock();
    if (now - lookedAt >= lookEvery || now < lookedAt) {
      const { bavail, bsize } = statfsSync(directory);
      enough = bavail * bsize >= reserve;
      lookedAt = now;
    }
    return enough;
  };
}
