import { describe, expect, it } from "vitest";
import { extentOf, finderOf, MARGIN, mixedOrder, planeOf, ticksOf, toX, toY } from "./scatter";

describe("a scatter plot", () => {
  it("leaves air around the points, and around a single one too", () => {
    expect(extentOf([0, 100])).toEqual({ low: -4, high: 104 });
    expect(extentOf([3, 3])).toEqual({ low: 1.5, high: 4.5 });
    expect(extentOf([Number.NaN])).toEqual({ low: -1, high: 1 });
  });

  it("puts ticks on round numbers inside the axis", () => {
    expect(ticksOf({ low: -4, high: 104 })).toEqual([0, 50, 100]);
    expect(ticksOf({ low: -0.31, high: 0.29 })).toEqual([-0.2, 0, 0.2]);
    expect(ticksOf({ low: 0.1, high: 0.4 }, 3)).toEqual([0.1, 0.2, 0.3, 0.4]);
  });

  it("keeps every point inside its frame, high values above low ones", () => {
    const plane = planeOf(
      [
        [-2, 5],
        [9, -1],
      ],
      640,
      400,
    );
    for (const x of [-2, 9]) {
      expect(toX(plane, x)).toBeGreaterThan(MARGIN.left);
      expect(toX(plane, x)).toBeLessThan(640 - MARGIN.right);
    }
    expect(toY(plane, 5)).toBeLessThan(toY(plane, -1));
    expect(toY(plane, -1)).toBeLessThan(400 - MARGIN.bottom);
  });

  it("draws every point once, in a mixed order", () => {
    for (const n of [0, 1, 2, 7, 100, 5000]) {
      expect(new Set(mixedOrder(n)).size).toBe(n);
    }
    expect(mixedOrder(10)).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("finds the same point under the pointer as a search through all of them", () => {
    const places = Array.from(
      { length: 800 },
      (_, i) => [(i * 37.7) % 300, (i * 91.3) % 200] as const,
    );
    const find = finderOf(places, 10);
    for (let i = 0; i < 200; i += 1) {
      const [x, y] = [(i * 17.9) % 320, (i * 53.1) % 210];
      const far = places.map(([px, py]) => Math.hypot(px - x, py - y));
      const nearest = Math.min(...far);
      expect(find(x, y)).toBe(nearest < 10 ? far.indexOf(nearest) : null);
    }
  });
});
