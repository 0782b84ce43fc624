import { describe, expect, it } from "vitest";
import { ariaSort, readTargetSearch, toggled, toQuery } from "./target-search";

describe("the targets' URL", () => {
  it("keeps what it knows and drops the rest", () => {
    expect(
      readTargetSearch({ q: "GATA3", sort: "-robust_z", page: 2, gene: "GATA3", x: 1 }),
    ).toEqual({
      q: "GATA3",
      sort: "-robust_z",
      page: 2,
      gene: "GATA3",
    });
    expect(readTargetSearch({ sort: "drop table", page: -1, q: {} })).toEqual({});
  });

  it("asks the server for one page", () => {
    expect(toQuery({ page: 3 })).toEqual({ search: "", sort: "rank", limit: 50, offset: 100 });
  });

  it("sorts a new column by its interesting end first, and the other way at the second click", () => {
    expect(toggled(undefined, "p_hit")).toBe("-p_hit");
    expect(toggled("-p_hit", "p_hit")).toBe("p_hit");
    expect(toggled("p_hit", "p_hit")).toBe("-p_hit");
    expect(toggled(undefined, "rank")).toBe("-rank");
    expect(toggled(undefined, "symbol")).toBe("symbol");
  });

  it("tells assistive technology the direction", () => {
    expect([
      ariaSort(undefined, "rank"),
      ariaSort("-p_hit", "p_hit"),
      ariaSort("-p_hit", "rank"),
    ]).toEqual(["ascending", "descending", "none"]);
  });
});
