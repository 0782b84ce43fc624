import type { RandomBand, RoundSummary } from "../api/types";
import { count, fixed, plural } from "../format/number";

/** Hits found after a number of candidate wells. */
export type CurvePoint = { wells: number; hits: number; round: number };

/** The measured rounds as points, from (0, 0). */
export function curvePoints(rounds: readonly RoundSummary[]): CurvePoint[] {
  const measured = rounds
    .filter((r) => typeof r.hits_cumulative === "number")
    .map((r) => ({ wells: r.wells_cumulative, hits: r.hits_cumulative ?? 0, round: r.number }))
    .sort((a, b) => a.wells - b.wells);
  return [{ wells: 0, hits: 0, round: 0 }, ...measured];
}

/** One row of the figure's table twin. */
export type CurveRow = CurvePoint & Partial<Pick<RandomBand, "expected" | "low" | "high">>;

/** Points beside the band at the same number of wells. */
export function curveRows(points: readonly CurvePoint[], band: readonly RandomBand[]): CurveRow[] {
  const at = new Map(band.map((b) => [b.wells, b]));
  return points.map((p) => {
    const b = at.get(p.wells);
    return b ? { ...p, expected: b.expected, low: b.low, high: b.high } : { ...p };
  });
}

/** The figure in one sentence, for those who do not see it. */
export function curveLabel(points: readonly CurvePoint[], band: readonly RandomBand[]): string {
  const last = points.at(-1);
  if (!last || last.wells === 0) return "No results yet: the curve starts at 0 hits and 0 wells.";
  const found = `${plural(last.hits, "hit")} found with ${plural(last.wells, "well")} after round ${last.round}`;
  const random = band.find((b) => b.wells === last.wells);
  if (!random) return `${found}.`;
  return `${found}; a random choice would find ${fixed(random.expected, 1)}, 5 to 95 % of the time between ${count(random.low)} and ${count(random.high)}.`;
}

/** Upper ends of the axes. */
export function curveDomain(points: readonly CurvePoint[], band: readonly RandomBand[]) {
  const wells = Math.max(1, ...points.map((p) => p.wells), ...band.map((b) => b.wells));
  const hits = Math.max(4, ...points.map((p) => p.hits), ...band.map((b) => b.high));
  return { wells, hits: hits * 1.08 };
}
