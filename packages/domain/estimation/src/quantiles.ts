/**
 * Quantiles of numbers of which many may be equal: the share below a value counts half of those that equal it, and what lies
 * between two values is interpolated (mid-distribution quantiles; for numbers that all differ, those of Hazen). The 5 and 95 %
 * quantiles then hold 90 % as nearly as single values allow.
 */
export function quantiles(numbers: readonly number[], shares: readonly number[]): number[] {
  const sorted = Float64Array.from(numbers).sort();
  const values: number[] = [];
  const middles: number[] = [];
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    values.push(sorted[from] as number);
    middles.push((from + to) / 2 / sorted.length);
    from = to;
  }
  return shares.map((share) => {
    const next = middles.findIndex((middle) => middle >= share);
    if (next === 0) return values[0] as number;
    if (next < 0) return values.at(-1) as number;
    const [low, high] = [middles[next - 1] as number, middles[next] as number];
    const [from, to] = [values[next - 1] as number, values[next] as number];
    return from + ((to - from) * (share - low)) / (high - low);
  });
}

export const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Standard error of the mean. */
export function standardError(numbers: readonly number[]): number {
  const mean = meanOf(numbers);
  const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / Math.max(1, numbers.length - 1);
  return Math.sqrt(variance / numbers.length);
}

/** Width of the range that holds the middle 90 %. */
export function width90(numbers: readonly number[]): number {
  const [low, high] = quantiles(numbers, [0.05, 0.95]) as [number, number];
  return high - low;
}
