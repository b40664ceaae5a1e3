/**
 * Works on up to `window` items at a time and gives the results in the order of the items: a resident git answers
 * many questions as fast as one. Items are taken only as results are used.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  window: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is awaited in its turn; until then a failure is not unheard of.
    result.catch(() => undefined);
    underWay.push(result);
    const first = underWay.length < window ? undefined : underWay.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of underWay) yield await result;
}
