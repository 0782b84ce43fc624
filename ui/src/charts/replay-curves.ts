import type { ReplayReport, ReplayStrategy } from "../api/types";
import { percent, plural } from "../format/number";
import { GROUP_COLOURS, type Scheme } from "./palette";

/** A strategy's share of hits after a number of genes, with the interval over seeds. */
export type ReplayPoint = {
  name: string;
  genes: number;
  share: number;
  low: number;
  high: number;
};

/** How a strategy's line is drawn: colour and dashes, so that colour alone means nothing. */
export type Stroke = { colour: string; dash: string };

const DASHES = ["none", "8 4", "2 4", "10 4 2 4", "5 3", "4 4"];

/** Strokes by name, the same for every replay. */
export function strokeOf(place: number, name: string, scheme: Scheme): Stroke {
  if (name === "random") return { colour: "var(--chart-random)", dash: "2 3" };
  const colours = GROUP_COLOURS[scheme];
  return {
    colour: colours[place % colours.length] ?? "currentColor",
    dash: DASHES[place % DASHES.length] ?? "none",
  };
}

/** Points of one strategy, from 0 genes on. */
export function replayPoints(strategy: ReplayStrategy, batch: number): ReplayPoint[] {
  const start = { name: strategy.name, genes: 0, share: 0, low: 0, high: 0 };
  const points = strategy.per_round.map((share, i) => {
    const [low = share, high = share] = strategy.per_round_95?.[i] ?? [];
    const inside = (x: number) => Math.min(1, Math.max(0, x));
    const genes = (i + 1) * batch;
    return { name: strategy.name, genes, share, low: inside(low), high: inside(high) };
  });
  return [start, ...points];
}

/** What chance finds, from 0 genes on. */
export function chanceBand({ random_band_90: band, batch }: ReplayReport) {
  const points = band.map((b, i) => ({ ...b, genes: (i + 1) * batch }));
  return [{ mean: 0, low: 0, high: 0, genes: 0 }, ...points];
}

/** Places of the rounds on the axis; some are left out where all would not fit. */
export function roundTicks({ rounds, batch }: ReplayReport, width: number): number[] {
  const each = Math.max(1, Math.ceil((rounds + 1) / Math.max(2, width / 60)));
  const numbers = Array.from({ length: rounds + 1 }, (_, i) => i);
  return numbers.filter((i) => (rounds - i) % each === 0).map((i) => i * batch);
}

/** Heights of labels that keep `gap` apart, from the bottom up and never above `top`. */
export function spread(heights: readonly number[], gap: number, top: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const placed = [...heights];
  let floor = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    placed[i] = Math.max(heights[i] ?? 0, floor);
    floor = (placed[i] ?? 0) + gap;
  }
  let ceiling = top;
  for (const i of [...order].reverse()) {
    placed[i] = Math.min(placed[i] ?? 0, ceiling);
    ceiling = (placed[i] ?? 0) - gap;
  }
  return placed;
}

/** The figure in one sentence. */
export function curvesLabel(report: ReplayReport): string {
  const found = report.strategies.map((s) => `${s.name} ${percent(s.mean)}`).join(", ");
  const chance = report.random_band_90.at(-1);
  const tried = plural(report.rounds * report.batch, "gene");
  return `Share of hits found after ${tried}: ${found}; chance finds ${percent(chance?.mean)}, between ${percent(chance?.low)} and ${percent(chance?.high)} in nine of ten cases.`;
}
