/** Items are taken so many at once, so that the questions they make are asked together. */
const together = 64;

/**
 * Works on up to `window` items at a time and gives the results in the order of the items: a resident git answers
 * many questions as fast as one. Items are taken only as results are used.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  window: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  let underWay: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is awaited in its turn; until then a failure is not unheard of.
    result.catch(() => undefined);
    underWay.push(result);
    if (underWay.length < window) continue;
    const first = underWay.slice(0, together);
    underWay = underWay.slice(together);
    for (const each of first) yield await each;
  }
  for (const result of underWay) yield await result;
}
