/** Gives the time in milliseconds since 1970 (UTC). Pure rooms take one as an argument. */
export type Clock = () => number;

/** Writes a time as RFC 3339 in UTC with milliseconds: `2026-11-23T06:35:00.000Z`. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
