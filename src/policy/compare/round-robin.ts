/** Takes from each list in turn. */
export function roundRobin<T>(lists: readonly (readonly T[])[]): T[] {
  const all: T[] = [];
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let index = 0; index < longest; index += 1) {
    for (const list of lists) if (index < list.length) all.push(list[index] as T);
  }
  return all;
}

/** Gives every choice of one index below each of `sizes`, those with small indexes first. */
export function* choices(sizes: readonly number[]): Iterable<readonly number[]> {
  if (sizes.includes(0)) return;
  const last = largestSum(sizes);
  for (let sum = 0; sum <= last; sum += 1) yield* choicesOf(sizes, sum);
}

function* choicesOf(sizes: readonly number[], sum: number): Iterable<readonly number[]> {
  const [size, ...rest] = sizes;
  if (size === undefined) {
    yield [];
    return;
  }
  const least = Math.max(0, sum - largestSum(rest));
  for (let index = Math.min(sum, size - 1); index >= least; index -= 1) {
    for (const others of choicesOf(rest, sum - index)) yield [index, ...others];
  }
}

function largestSum(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size - 1, 0);
}
