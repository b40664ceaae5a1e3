/** What every id in mirror looks like: agents, policies, rules, signers, gates (TRUST R5). */
export const idPattern = "^[a-z0-9][a-z0-9-]{0,62}$";

const idRegExp = new RegExp(idPattern);

/** Tells whether `text` may be an id. */
export function isId(text: string): boolean {
  return idRegExp.test(text);
}
