import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Socket } from "node:net";

/**
 * Says whether Node must stay alive for this child: true while it owes an answer, false while it waits for
 * questions, so that a reader somebody forgot to close does not keep a command from ending.
 */
export function holdProcess(child: ChildProcessWithoutNullStreams, hold: boolean): void {
  if (hold) child.ref();
  else child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (!(stream instanceof Socket)) continue;
    if (hold) stream.ref();
    else stream.unref();
  }
}
