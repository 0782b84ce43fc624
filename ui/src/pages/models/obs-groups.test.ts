import { describe, expect, it } from "vitest";
import { centresOf, csvOf, fifthsOf, groupsOf, rangeOf, shareOf } from "./obs-groups";

describe("groups of cells", () => {
  it("are ordered by size, then by name, and tell each cell its own", () => {
    const { groups, of } = groupsOf(["T", "B", "T", null, "A"]);
    expect(groups).toEqual([
      { label: "T", cells: 2, slot: 0 },
      { label: "A", cells: 1, slot: 1 },
      { label: "B", cells: 1, slot: 2 },
      { label: "no value", cells: 1, slot: null },
    ]);
    expect(of.map((i) => groups[i]?.label)).toEqual(["T", "B", "T", "no value", "A"]);
  });

  it("beyond the marks are counted together", () => {
    const values = ["a", "a", "a", "b", "b", "c", "d"];
    const { groups, of } = groupsOf(values, 2);
    expect(groups.map((g) => [g.label, g.cells, g.slot])).toEqual([
      ["a", 3, 0],
      ["b", 2, 1],
      ["2 smaller groups", 2, null],
    ]);
    expect([of[5], of[6]]).toEqual([2, 2]);
  });

  it("of numbers are fifths of the cells, whatever their range", () => {
    const values = [...Array.from({ length: 10 }, (_, i) => i + 1), 1000, null];
    const { groups, of } = fifthsOf(values);
    expect(groups.reduce((sum, g) => sum + g.cells, 0)).toBe(values.length);
    expect(groups).toHaveLength(6);
    expect(groups[0]?.label).toBe("1 to 2");
    expect(groups[of[10] ?? -1]?.label).toBe("9 to 1,000");
    expect(groups[of[11] ?? -1]?.label).toBe("no value");
  });

  it("of equal numbers are one", () => {
    const { groups, of } = fifthsOf([3, 3, 3]);
    expect(groups.map((g) => [g.label, g.cells])).toEqual([["3", 3]]);
    expect(of).toEqual([0, 0, 0]);
  });

  it("have a centre and a spread", () => {
    const grouping = groupsOf(["a", "a", "b"]);
    const centres = centresOf(
      [
        [0, 0],
        [2, 0],
        [5, 7],
      ],
      grouping,
    );
    expect(centres).toEqual([
      { label: "a", cells: 2, x: 1, y: 0, spread: 1 },
      { label: "b", cells: 1, x: 5, y: 7, spread: 0 },
    ]);
  });
});

describe("a column of numbers", () => {
  it("has a range that skips what is missing", () => {
    expect(rangeOf([null, 3, -1, Number.NaN])).toEqual([-1, 3]);
    expect(rangeOf([null])).toBeNull();
    expect([shareOf(1, [-1, 3]), shareOf(7, [7, 7])]).toEqual([0.5, 0.5]);
  });
});

describe("the picture as CSV", () => {
  it("quotes what needs it and leaves missing values empty", () => {
    const column = { name: "cell type", kind: "words", values: ['CD4, "naive"', null] } as const;
    const text = csvOf(
      ["c1", "c2"],
      [
        [0.5, -1],
        [2, 3],
      ],
      column,
    );
    expect(text).toBe('cell,pc1,pc2,cell type\r\nc1,0.5,-1,"CD4, ""naive"""\r\nc2,2,3,\r\n');
  });
});
