// What every figure is taken with: rounds in which each subject has its turn, so that a machine that is busy for a
// while is busy for all of them, and ratios to a baseline of the same round.

/** Gives the environment a child may have: PATH, and nothing that changes how node or git start. */
export function cleanEnvironment() {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LC_ALL: "C",
    TMPDIR: process.env.TMPDIR ?? "/tmp",
  };
}

/** Gives the milliseconds that `work` takes. */
export async function timed(work) {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/**
 * Takes every subject once per round, each round beginning with another one. A subject is a function that is timed,
 * or gives its own number (milliseconds, say, of the part that counts).
 */
export async function paired(rounds, subjects) {
  const names = Object.keys(subjects);
  const taken = Object.fromEntries(names.map((name) => [name, []]));
  // The first turn of each warms caches and compilers and does not count.
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + 1) % names.length];
      let own;
      const time = await timed(async () => {
        own = await subjects[name]();
      });
      if (round >= 0) taken[name].push(typeof own === "number" ? own : time);
    }
  }
  return new Taken(taken);
}

/** The numbers that were taken, by subject and round. */
class Taken {
  #taken;

  constructor(taken) {
    this.#taken = taken;
  }

  median(subject) {
    return median(this.#taken[subject]);
  }

  /** Gives the median of the rounds' ratios. */
  ratio(subject, baseline) {
    const base = this.#taken[baseline];
    return median(this.#taken[subject].map((value, round) => value / base[round]));
  }
}

export function median(numbers) {
  return percentile(numbers, 0.5);
}

/** Gives the number below which this part of them lies. */
export function percentile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** A line that wants at most `most`. `unit`: `x` for a ratio. */
export function atMost(what, value, most, unit, detail) {
  return { what, value, target: most, want: "<=", unit, detail, passes: value <= most };
}

/** A line that wants at least `least`. */
export function atLeast(what, value, least, unit, detail) {
  return { what, value, target: least, want: ">=", unit, detail, passes: value >= least };
}
