/**
 * How a condition is read:
 *
 * - `covers`: it holds for all that the call may turn out to be. What allows, and what relaxes a deny or an ask.
 * - `touches`: it may hold for some of it. What denies and asks, and what takes an allow back.
 * - `proves`: it holds for some of it for certain. What the built-in rules need for a deny; where they only
 *   `touch`, they ask.
 */
export type Reading = "covers" | "touches" | "proves";
