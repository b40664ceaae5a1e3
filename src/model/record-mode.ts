/** What of a call's input is kept apart from its receipt. */
export const recordModes = ["none", "redacted", "encrypted"] as const;

export type RecordMode = (typeof recordModes)[number];
