import { describe, expect, it } from "vitest";
import { ariaSort, sortedBy, toggled } from "./sorting";

describe("sorting", () => {
  it("starts with a column's interesting end and turns at the second click", () => {
    expect(toggled("rank", "p_hit", "down")).toBe("-p_hit");
    expect(toggled("-p_hit", "p_hit", "down")).toBe("p_hit");
    expect(toggled("p_hit", "p_hit", "down")).toBe("-p_hit");
    expect(toggled("p_hit", "name", "up")).toBe("name");
    expect(toggled("name", "name", "up")).toBe("-name");
  });

  it("says the direction in ARIA's words", () => {
    expect([ariaSort("rank", "rank"), ariaSort("-p", "p"), ariaSort("-p", "rank")]).toEqual([
      "ascending",
      "descending",
      "none",
    ]);
  });

  it("puts rows without a value last, up and down, and leaves the list it was given", () => {
    const rows = [2, null, 10, 1];
    expect(sortedBy(rows, (x) => x, false)).toEqual([1, 2, 10, null]);
    expect(sortedBy(rows, (x) => x, true)).toEqual([10, 2, 1, null]);
    expect(rows).toEqual([2, null, 10, 1]);
  });

  it("reads numbers inside words as numbers", () => {
    expect(sortedBy(["v10", "v2", "V1"], (x) => x, false)).toEqual(["V1", "v2", "v10"]);
  });
});
