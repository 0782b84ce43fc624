import { describe, expect, it } from "vitest";
import { well } from "../test/fixtures";
import { moved, rowName, strength, wellLabel, wellName } from "./plate-grid";

describe("plate grid", () => {
  it("names wells with two digits, and rows beyond Z with two letters", () => {
    expect([wellName(1, 6), wellName(15, 23), wellName(31, 47)]).toEqual(["B07", "P24", "AF48"]);
    expect([rowName(25), rowName(26)]).toEqual(["Z", "AA"]);
  });

  it("moves with the arrows and stops at the edges", () => {
    const at = (row: number, column: number) => ({ row, column });
    expect(moved(at(1, 1), "ArrowUp", 8, 12)).toEqual(at(0, 1));
    expect(moved(at(0, 0), "ArrowUp", 8, 12)).toEqual(at(0, 0));
    expect(moved(at(7, 11), "ArrowDown", 8, 12)).toEqual(at(7, 11));
    expect(moved(at(7, 11), "ArrowRight", 8, 12)).toEqual(at(7, 11));
    expect(moved(at(3, 5), "ArrowLeft", 8, 12)).toEqual(at(3, 4));
  });

  it("goes to the ends of a row, and of the plate with Ctrl", () => {
    expect(moved({ row: 3, column: 5 }, "Home", 8, 12)).toEqual({ row: 3, column: 0 });
    expect(moved({ row: 3, column: 5 }, "End", 8, 12)).toEqual({ row: 3, column: 11 });
    expect(moved({ row: 3, column: 5 }, "End", 8, 12, true)).toEqual({ row: 7, column: 11 });
    expect(moved({ row: 3, column: 5 }, "a", 8, 12)).toBeNull();
  });

  it("says a planned, a measured and an empty well in words", () => {
    expect(wellLabel("B07", well())).toBe("B07, KLF4 knock-out, planned");
    expect(wellLabel("B07", well({ robust_z: 4.12, hit: true }))).toBe(
      "B07, KLF4 knock-out, robust z 4.1, hit",
    );
    expect(wellLabel("B07", well({ robust_z: -4.12, hit: true }))).toBe(
      "B07, KLF4 knock-out, robust z −4.1, hit",
    );
    expect(wellLabel("A02", undefined)).toBe("A02, empty");
    expect(wellLabel("A01", well({ content: "non_targeting", symbol: "NT-1" }))).toBe(
      "A01, NT-1, non-targeting control, planned",
    );
  });

  it("colours by |robust z| up to 6", () => {
    expect([strength(null), strength(-3), strength(60)]).toEqual([0, 0.5, 1]);
  });
});
