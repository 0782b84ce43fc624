import { describe, expect, it } from "vitest";
import { readTargetSearch, toQuery } from "./target-search";

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
});
