import type { Clock } from "../base/clock.ts";
import type { Settlement, Spend } from "../model/budget.ts";
import type { ToolCall } from "../model/call.ts";
import type { Effect } from "../model/effect.ts";
import type { Spender } from "../model/spending.ts";
import type { Verdict } from "../model/verdict.ts";

/** What the gate measures with. */
export interface Instruments {
  /** Milliseconds by a clock that nobody sets. */
  readonly steadyClock: Clock;
  /** Bytes of a plain file; null where there is none. */
  readonly fileSize: (path: string) => number | null;
}

/** A call that may run, and what was taken for it. */
export interface RunningCall {
  readonly seq: number;
  readonly spender: Spender;
  readonly call: ToolCall;
  readonly verdict: Verdict;
  /** Raw. */
  readonly effects: readonly Effect[];
  readonly spend: readonly Spend[];
}

interface Begun {
  readonly spender: Spender;
  readonly spend: readonly Spend[];
  readonly since: number;
  /** A call whose outcome comes before its end, or after a person's answer, says by it only that much of its time. */
  readonly time: "whole" | "part" | "at-most";
  /** Bytes of the files that it names to be written. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Whether what is taken is the least that it writes. */
  readonly saysBytes: boolean;
}

/** What came of a call's measurement. */
export interface Measured {
  readonly spender: Spender;
  readonly settled: readonly Settlement[];
}

/** Calls that are measured at once; the oldest goes first, and stays spent as it was taken. */
export const mostMeasured = 10_000;

/**
 * Measures calls from answer to outcome, for budgets over time and bytes. An outcome only says when to look; what it claims
 * is not read. A gate that was started again knows none of before: those calls stay spent as they were taken.
 */
export class Measures {
  readonly #instruments: Instruments;
  readonly #begun = new Map<number, Begun>();

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
  }

  /** Begins with a call, if one of its budgets is settled in the end. */
  begin({ seq, spender, call, verdict, effects, spend }: RunningCall): void {
    const settled = spend.filter(({ unit }) => unit === "seconds" || unit === "bytes");
    if (settled.length === 0) return;
    const paths = settled.some(({ unit }) => unit === "bytes") ? writtenPaths(effects) : [];
    this.#begun.set(seq, {
      spender,
      spend: settled,
      since: this.#instruments.steadyClock(),
      time: call.inBackground ? "part" : verdict === "ask" ? "at-most" : "whole",
      sizes: new Map(paths.map((path) => [path, this.#size(path)])),
      saysBytes: call.inBackground || call.contents.length > 0,
    });
    if (this.#begun.size <= mostMeasured) return;
    for (const oldest of this.#begun.keys()) {
      this.#begun.delete(oldest);
      return;
    }
  }

  /** Begins anew with a call that waited: its time runs from the answer. */
  answered(seq: number): void {
    const begun = this.#begun.get(seq);
    if (begun === undefined) return;
    const time = begun.time === "part" ? "part" : "whole";
    this.#begun.set(seq, { ...begun, since: this.#instruments.steadyClock(), time });
  }

  /** Forgets a call that may not run after all. */
  dropped(seq: number): void {
    this.#begun.delete(seq);
  }

  /** Ends with a call, once; null where it is not measured, or another agent's. */
  end(seq: number, agent: string): Measured | null {
    const begun = this.#begun.get(seq);
    this.#begun.delete(seq);
    if (begun === undefined || begun.spender.agent !== agent) return null;
    const settled = begun.spend.flatMap(({ budget, window, unit, cost }): Settlement[] => {
      if (unit === undefined) return [];
      const by = (unit === "bytes" ? this.#bytes(begun, cost) : this.#time(begun, cost)) - cost;
      return by === 0 ? [] : [{ budget, window, unit, by }];
    });
    return { spender: begun.spender, settled };
  }

  #time({ since, time }: Begun, taken: number): number {
    const passed = Math.max(0, Math.ceil(this.#instruments.steadyClock() - since));
    if (time === "part") return Math.max(passed, taken);
    return time === "at-most" ? Math.min(passed, taken) : passed;
  }

  #bytes({ sizes, saysBytes }: Begun, taken: number): number {
    let grown = 0;
    for (const [path, before] of sizes) grown += Math.max(0, this.#size(path) - before);
    return saysBytes ? Math.max(grown, taken) : grown;
  }

  #size(path: string): number {
    return this.#instruments.fileSize(path) ?? 0;
  }
}

function writtenPaths(effects: readonly Effect[]): string[] {
  return effects.flatMap(({ action, resource }) =>
    action === "fs.write" && resource.kind === "path" && resource.shape === "exact" ? [resource.path] : [],
  );
}
