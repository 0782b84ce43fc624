import { describe, expect, it } from "vitest";
import { loopState, roundSummary } from "../test/fixtures";
import { curveDomain, curveLabel, curvePoints, curveRows } from "./hits-curve";

const rounds = [
  roundSummary({ number: 2, wells_cumulative: 48, hits_cumulative: 13 }),
  roundSummary(),
  roundSummary({ number: 3, wells_cumulative: 72, hits: null, hits_cumulative: null }),
];
const { random_band: band } = loopState();

describe("hits curve", () => {
  it("starts at zero, sorts by wells and leaves out rounds without results", () => {
    expect(curvePoints(rounds)).toEqual([
      { wells: 0, hits: 0, round: 0 },
      { wells: 24, hits: 7, round: 1 },
      { wells: 48, hits: 13, round: 2 },
    ]);
  });

  it("joins the band to the points at the same number of wells", () => {
    const rows = curveRows(curvePoints(rounds), band);
    expect(rows[1]).toMatchObject({ hits: 7, expected: 1.1, low: 0, high: 3 });
    expect(rows[2]?.expected).toBeUndefined();
  });

  it("says the figure in one sentence", () => {
    expect(curveLabel(curvePoints([roundSummary()]), band)).toBe(
      "7 hits found with 24 wells after round 1; a random choice would find 1.1, 5 to 95 % of the time between 0 and 3.",
    );
    expect(curveLabel(curvePoints([]), [])).toMatch(/^No results yet/);
  });

  it("leaves room for the band where it is higher than the hits", () => {
    const domain = curveDomain(curvePoints([]), [{ wells: 24, expected: 8, low: 3, high: 20 }]);
    expect(domain.wells).toBe(24);
    expect(domain.hits).toBeGreaterThan(20);
  });
});
