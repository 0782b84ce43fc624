import { describe, expect, it } from "vitest";
import { screenEstimate, screenOrder } from "../../test/screen-fixtures";
import { readCompareSearch, readReportSearch, toRowsQuery } from "./screen-search";
import { costWords, perturbationWords, statesWords, targetsWords } from "./screen-words";

describe("the words of a screen", () => {
  it("names perturbations, genes and states", () => {
    expect(perturbationWords("inhibit_25")).toBe("inhibition to the 25th percentile");
    expect(perturbationWords("knock_out")).toBe("knock-out");
    expect(targetsWords(screenOrder())).toBe("2 genes");
    expect(
      targetsWords(screenOrder({ targets: { kind: "anchor", anchor: "MYB", genes: null } })),
    ).toBe("MYB with every expressed gene");
    expect(statesWords(screenOrder({ goal: null }))).toBe("Tumor, no goal");
  });

  it("says what a screen costs", () => {
    expect(costWords(screenEstimate())).toBe(
      "450 forward passes, about 2 min 5 s (1 min 40 s to 3 min), 124.0 MB of memory",
    );
    expect(costWords(screenEstimate({ seconds: null }))).toContain("time not known yet");
  });
});

describe("the address of a report", () => {
  it("keeps what it knows and drops the rest", () => {
    expect(
      readReportSearch({ kind: "knock_out", sort: "-q", factors: true, direction: "up", page: 2 }),
    ).toEqual({ kind: "knock_out", sort: "-q", factors: true, page: 2 });
    expect(readReportSearch({ sort: "drop table", significant: "yes" })).toEqual({});
    expect(readCompareSearch({ ids: "a,b", direction: "harms" })).toEqual({
      ids: "a,b",
      direction: "harms",
    });
  });

  it("asks the server for one page", () => {
    expect(toRowsQuery({ page: 2, q: "GATA" }, "knock_out")).toMatchObject({
      perturbation: "knock_out",
      search: "GATA",
      sort: "rank",
      limit: 50,
      offset: 50,
    });
  });
});
