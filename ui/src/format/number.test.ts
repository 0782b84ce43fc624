import { describe, expect, it } from "vitest";
import {
  bytes,
  compact,
  count,
  fixed,
  percent,
  plural,
  plusMinus,
  probability,
  signed,
  tiny,
  value,
} from "./number";

describe("numbers", () => {
  it("uses a true minus sign and groups thousands", () => {
    expect(fixed(-1234.5, 1)).toBe("−1,234.5");
    expect(count(1349)).toBe("1,349");
  });

  it("never shows a negative zero or a signed zero", () => {
    expect(fixed(-0.001, 2)).toBe("0.00");
    expect(signed(0.001, 2)).toBe("0.00");
    expect(signed(0.01, 2)).toBe("+0.01");
  });

  it("says a dash for what is not known", () => {
    for (const nothing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect([count(nothing), fixed(nothing), percent(nothing), bytes(nothing)]).toEqual([
        "–",
        "–",
        "–",
        "–",
      ]);
    }
  });

  it("keeps one decimal of small shares and none of large ones", () => {
    expect(percent(0.071)).toBe("7.1 %");
    expect(percent(0.234)).toBe("23 %");
    expect(percent(0.0004)).toBe("< 0.1 %");
    expect([percent(0), percent(1)]).toEqual(["0 %", "100 %"]);
  });

  it("puts mean and sd together, and the mean alone without an sd", () => {
    expect(plusMinus(1.234, 0.5)).toBe("1.23 ± 0.50");
    expect(plusMinus(1.234, null)).toBe("1.23");
  });

  it("counts things in the right number", () => {
    expect([plural(1, "hit"), plural(0, "hit"), plural(1200, "well")]).toEqual([
      "1 hit",
      "0 hits",
      "1,200 wells",
    ]);
    expect([bytes(812), bytes(8123), bytes(2.5e6)]).toEqual(["812 B", "8.1 kB", "2.5 MB"]);
  });

  it("says sizes of models in three digits", () => {
    expect([10_316_196, 104_000_000, 812, 999_999, 1_234_567_890, 0].map(compact)).toEqual([
      "10.3 M",
      "104 M",
      "812",
      "1.00 M",
      "1.23 B",
      "0",
    ]);
    expect(compact(undefined)).toBe("–");
  });

  it("adds no decimals to a whole number", () => {
    expect([2924, 0.25, -3, null].map(value)).toEqual(["2,924", "0.250", "−3", "–"]);
  });

  it("says small differences by their power of ten", () => {
    expect([6e-7, 1.94e-5, 0, null].map(tiny)).toEqual(["6e-7", "1.9e-5", "0", "–"]);
  });

  it("says p and q values as readers compare them", () => {
    expect([1, 0.4849, 0.0321, 0.001, 6.24e-7, 0, null].map(probability)).toEqual([
      "1.00",
      "0.48",
      "0.032",
      "0.001",
      "6.2e-7",
      "0",
      "–",
    ]);
  });
});
