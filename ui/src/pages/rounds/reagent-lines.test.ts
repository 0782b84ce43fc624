import { describe, expect, it } from "vitest";
import { plate, well } from "../../test/fixtures";
import { MOST_LINES, reagentLines } from "./reagent-lines";

const use = (name: string, source: string) => ({
  well: name,
  guide_id: "NTC_1",
  source_plate: "SRC01",
  source_well: source,
  lot: "L7",
  volume_ul: 2.5,
});

describe("the reagents on a sheet", () => {
  it("are one line for every source well with all its destinations", () => {
    const lines = reagentLines(plate({ reagents: [use("B07", "A01"), use("C02", "A01")] }));
    expect(lines).toEqual(["SRC01 A01 NTC_1, lot L7, 2.5 µl → B07, C02"]);
  });

  it("are one line for every source plate when a sheet would not hold them", () => {
    const many = Array.from({ length: MOST_LINES + 1 }, (_, i) => use("A01", `W${i}`));
    expect(reagentLines(plate({ reagents: many }))).toEqual([
      "SRC01: 101 transfers, 252.5 µl in all",
    ]);
  });

  it("name the controls when there is no library", () => {
    const wells = [
      well(),
      well({ well: "A01", content: "non_targeting", symbol: "NT-1" }),
      well({ well: "A02", content: "non_targeting", symbol: "NT-1" }),
      well({ well: "A03", content: "untreated", symbol: null }),
    ];
    expect(reagentLines(plate({ wells }))).toEqual(["NT-1 → A01, A02", "untreated cells → A03"]);
  });
});
