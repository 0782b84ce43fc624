/** A mean with its interval, any of which may be unknown. */
export type Interval = { mean?: number | null; low?: number | null; high?: number | null };

/** Half-width of a symmetric axis around zero that holds every interval; 1 when there is none. */
export function sharedReach(intervals: readonly Interval[]): number {
  const ends = intervals
    .flatMap((i) => [i.mean, i.low, i.high])
    .filter((x): x is number => typeof x === "number" && Number.isFinite(x));
  const reach = Math.max(0, ...ends.map(Math.abs));
  return reach > 0 ? reach : 1;
}

/** Place of a value on an axis from `-reach` to `reach`, as 0 to `width`. */
export function place(x: number, reach: number, width: number): number {
  const inside = Math.min(reach, Math.max(-reach, x));
  return ((inside + reach) / (2 * reach)) * width;
}
