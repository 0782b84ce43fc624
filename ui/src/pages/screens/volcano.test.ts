import { describe, expect, it } from "vitest";
import { commonTargets } from "./EffectsFigure";
import { heights, volcanoOf } from "./volcano";

const points = {
  labels: ["A", "B", "C", "D"],
  means: [0.1, -0.2, 0.01, 0.02],
  qs: [0.001, 0, 0.5, null],
  significant: [true, true, false, false],
};

describe("a volcano plot", () => {
  it("draws a q that underflowed as high as the smallest of the others", () => {
    expect(heights([0.01, 0, null, 1])).toEqual([2, 2, null, 0]);
  });

  it("splits the significant by direction and leaves out what was not tested", () => {
    const volcano = volcanoOf(points, true);
    expect(volcano.rows).toEqual([0, 1, 2]);
    expect(volcano.of).toEqual([0, 1, 2]);
    expect(volcano.groups.map((group) => group.cells)).toEqual([1, 1, 1]);
  });
});

describe("effects in two screens", () => {
  it("pairs the targets that both measured", () => {
    const other = { labels: ["C", "A"], means: [1, 2], qs: [1, 0.01], significant: [false, true] };
    expect(commonTargets(points, other)).toEqual({
      labels: ["A", "C"],
      points: [
        [0.1, 2],
        [0.01, 1],
      ],
      of: [0, 2],
    });
  });
});
