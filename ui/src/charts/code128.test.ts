import { describe, expect, it } from "vitest";
import { code128Bars, code128Symbols } from "./code128";
import { SYMBOLS } from "./code128-table";

describe("Code 128", () => {
  it("has 106 different symbols of eleven modules with an even number of dark ones", () => {
    expect(new Set(SYMBOLS).size).toBe(106);
    for (const symbol of SYMBOLS) {
      const widths = [...symbol].map(Number);
      const dark = widths.filter((_, i) => i % 2 === 0).reduce((a, b) => a + b, 0);
      expect(widths.reduce((a, b) => a + b, 0)).toBe(11);
      expect(dark % 2).toBe(0);
    }
  });

  it("ends with the weighted check symbol", () => {
    // The example worked through on the encyclopaedia's page about Code 128.
    expect(code128Symbols("Wikipedia")?.at(-1)).toBe(88);
  });

  it("is eleven modules a symbol and thirteen for the stop", () => {
    expect(code128Bars("NW000101")?.width).toBe(11 * (1 + 8 + 1) + 13);
  });

  it("refuses what code set B cannot say", () => {
    expect([code128Bars("Platte ü"), code128Bars("")]).toEqual([null, null]);
  });
});
