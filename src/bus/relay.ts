import type { IncomingMessage, ServerResponse } from "node:http";
import { systemErrorCode } from "../base/errors.ts";
import type { AnswerMeter } from "./answer-meter.ts";

/**
 * Passes an answer on as it comes, no faster than the client takes it, and leaves the end of the response to the caller. An
 * answer that is cut, stands still for longer than `idle` milliseconds or is not taken for so long is cut for the client,
 * too: it must not look whole. `meter` sees all that came either way.
 */
export async function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  meter: AnswerMeter | null,
  idle: number,
): Promise<void> {
  const stop = (): void => void answer.destroy();
  const still = setTimeout(stop, idle);
  response.on("close", stop);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      still.refresh();
      const parts = meter === null ? [chunk] : meter.push(chunk);
      let isTaken = true;
      for (const part of parts) isTaken = response.write(part);
      if (!isTaken) await taken(response, answer);
      still.refresh();
    }
    const rest = meter?.end();
    if (rest !== undefined && rest.length > 0) response.write(rest);
  } catch (error) {
    if (systemErrorCode(error) === null) throw error;
  } finally {
    clearTimeout(still);
    response.off("close", stop);
  }
  if (!answer.complete) response.destroy();
}

/** Waits until the client has taken what was written; or until either side is gone. */
function taken(response: ServerResponse, answer: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      answer.off("close", done);
      resolve();
    };
    if (response.destroyed || answer.destroyed) resolve();
    else {
      response.on("drain", done);
      response.on("close", done);
      answer.on("close", done);
    }
  });
}
