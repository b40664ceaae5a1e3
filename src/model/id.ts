/** What every id in mirror looks like: agents, policies, rules, signers, gates (TRUST R5). */
export const idPattern = "^[a-z0-9][a-z0-9-]{0,62}$";

const idRegExp = new RegExp(idPattern);

/** Tells whether `text` may be an id. */
export function isId(text: string): boolean {
  return idRegExp.test(text);
}

const longestId = 63;

/** Gives `id`, cut to what an id may be long, or with the first number behind it that makes it free. */
export function freeId(id: string, isTaken: (id: string) => boolean): string {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? "" : `-${number}`;
    const free = `${id.slice(0, longestId - suffix.length)}${suffix}`;
    if (!isTaken(free)) return free;
  }
}
