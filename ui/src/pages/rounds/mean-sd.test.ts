import { describe, expect, it } from "vitest";
import { meanSdOf } from "./mean-sd";

describe("the picture of mean against sd", () => {
  it("groups candidates by how they were picked, with a shape for each kind", () => {
    const point = (symbol: string, mean: number) => ({ symbol, mean, sd: 0.5, p_hit: 0.1 });
    const picture = meanSdOf({
      candidates: [point("MYB", 2), point("JUN", 0), point("GATA3", 1)],
      picks: [
        { symbol: "GATA3", kind: "random" },
        { symbol: "MYB", kind: "scored" },
      ],
    });
    expect(picture.points[0]).toEqual([2, 0.5]);
    expect(picture.of).toEqual([1, 0, 2]);
    expect(picture.groups.map(({ label, cells }) => [label, cells])).toEqual([
      ["not picked", 1],
      ["best score", 1],
      ["random arm", 1],
    ]);
    const shapes = picture.groups.slice(1).map(({ slot }) => Math.floor((slot ?? 0) / 6));
    expect(new Set(shapes).size).toBe(2);
  });
});
