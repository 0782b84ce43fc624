import { describe, expect, it } from "vitest";
import { replayReport } from "../test/replay-fixtures";
import {
  chanceBand,
  curvesLabel,
  replayPoints,
  roundTicks,
  spread,
  strokeOf,
} from "./replay-curves";

describe("curves of a replay", () => {
  it("start at no gene and keep their interval inside 0 to 1", () => {
    const strategy = replayReport().strategies[0];
    if (!strategy) throw new Error("the fixture has strategies");
    const wide = { ...strategy, per_round_95: [[-0.1, 0.5] as [number, number]] };
    expect(replayPoints(wide, 24).slice(0, 2)).toEqual([
      { name: "default", genes: 0, share: 0, low: 0, high: 0 },
      { name: "default", genes: 24, share: 0.2, low: 0, high: 0.5 },
    ]);
  });

  it("have a band of chance at the same places", () => {
    expect(chanceBand(replayReport()).map((b) => b.genes)).toEqual([0, 24, 48]);
  });

  it("give every strategy a stroke of its own, whatever the colours", () => {
    const dashes = ["default", "cold", "learn", "prior", "ridge"].map(
      (name, i) => strokeOf(i, name, "dark").dash,
    );
    expect(new Set(dashes).size).toBe(5);
  });

  it("keep labels apart without leaving the figure", () => {
    expect(spread([0.1, 0.11, 0.5], 0.05, 1)).toEqual([0.1, expect.closeTo(0.15), 0.5]);
    const crowded = spread([0.99, 1, 1], 0.05, 1);
    expect(Math.max(...crowded)).toBeLessThanOrEqual(1);
    expect(Math.min(...crowded)).toBeCloseTo(0.9);
  });

  it("mark the rounds, the last one whatever the width", () => {
    expect(roundTicks(replayReport(), 700)).toEqual([0, 24, 48]);
    const many = roundTicks(replayReport({ rounds: 50 }), 300);
    expect(many.length).toBeLessThan(7);
    expect(many.at(-1)).toBe(50 * 24);
  });

  it("are told in one sentence", () => {
    expect(curvesLabel(replayReport())).toContain("after 48 genes: default 40 %, random 4.0 %");
  });
});
