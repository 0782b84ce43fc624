import type { ScreenPoints } from "../../api/types";
import type { LegendGroup } from "../../charts/ColourLegend";
import type { Point } from "../../charts/scatter";

/** The q below which a row may be significant. */
export const SIGNIFICANT_Q = 0.05;

/** Rows as points: mean effect across, −log10 q up. */
export type Volcano = {
  /** Number of each point's row. */
  rows: number[];
  points: Point[];
  groups: LegendGroup[];
  of: number[];
};

/** −log10 of q; an underflowed zero counts as the smallest q of the others. */
export function heights(qs: readonly (number | null)[]): (number | null)[] {
  const above = qs.filter((q): q is number => typeof q === "number" && q > 0);
  const smallest = above.reduce((a, b) => Math.min(a, b), 1);
  return qs.map((q) =>
    typeof q === "number" ? Math.max(0, -Math.log10(q > 0 ? q : smallest)) : null,
  );
}

/** The points of one perturbation; rows that were not tested are left out. */
export function volcanoOf({ means, qs, significant }: ScreenPoints, hasGoal: boolean): Volcano {
  const up = heights(qs);
  const volcano: Volcano = { rows: [], points: [], groups: [], of: [] };
  const sizes = [0, 0, 0];
  means.forEach((mean, i) => {
    const height = up[i];
    if (typeof height !== "number") return;
    const group = !significant[i] ? 2 : mean > 0 || !hasGoal ? 0 : 1;
    sizes[group] = (sizes[group] ?? 0) + 1;
    volcano.rows.push(i);
    volcano.points.push([mean, height]);
    volcano.of.push(group);
  });
  const labels = hasGoal
    ? ["significant, towards the goal", "significant, away from it", "not significant"]
    : ["significant", "", "not significant"];
  volcano.groups = labels.map((label, i) => ({
    label,
    cells: sizes[i] ?? 0,
    slot: i === 2 ? null : i,
  }));
  return volcano;
}
