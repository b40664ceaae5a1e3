import { MirrorError } from "../base/errors.ts";
import type { GapBody } from "../model/receipt.ts";
import { Intake } from "./intake.ts";
import type { GateParts } from "./ports.ts";

/** Who is let in: a burst of calls, and none at all without room on the disk (TRUST H3). */
export class Admission {
  readonly #parts: Pick<GateParts, "hasDiskReserve" | "clock" | "currentPolicy" | "write">;
  readonly #intakes = new Map<string, Intake>();
  /** Calls denied since the disk reserve was touched. */
  #deniedForRoom = 0;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** Turns away what comes too fast, and everything once the disk reserve is touched (TRUST H3). */
  async admit(agent: string): Promise<void> {
    if (!this.#parts.hasDiskReserve()) {
      this.#deniedForRoom += 1;
      throw new MirrorError("overloaded", "the disk is nearly full, so no receipt can be kept safe", {
        hint: "make room on the disk that holds MIRROR_HOME",
      });
    }
    const intake = this.#intakes.get(agent) ?? new Intake(this.#parts.clock);
    this.#intakes.set(agent, intake);
    if (!intake.take()) {
      throw new MirrorError(
        "overloaded",
        `\`${agent}\` makes more calls than the gate takes (100 a second)`,
        {
          hint: "wait a second",
        },
      );
    }
    await this.#tell(agent, "overloaded", intake.takeRefused());
    // There is room again: one receipt for all that found none, whoever made them.
    const denied = this.#deniedForRoom;
    this.#deniedForRoom = 0;
    await this.#tell(null, "disk-reserve", denied).catch((error: unknown) => {
      this.#deniedForRoom += denied;
      throw error;
    });
  }

  /** Leaves one receipt for all that found no way in. */
  async #tell(agent: string | null, cause: GapBody["cause"], count: number): Promise<void> {
    if (count === 0) return;
    const policy = await this.#parts.currentPolicy();
    await this.#parts.write({ kind: "gap", agent, cause, count }, policy);
  }
}
