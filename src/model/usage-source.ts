/**
 * Where it is read what an agent's model calls take. `bus`: at the model bus, which measures each call. `transcript`: in the
 * transcripts that the agent's client keeps, which claim it afterwards.
 */
export const usageSources = ["bus", "transcript"] as const;

export type UsageSource = (typeof usageSources)[number];
