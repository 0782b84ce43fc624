import { describe, expect, it } from "vitest";
import { place, sharedReach } from "./interval";

describe("interval axis", () => {
  it("reaches the farthest end of any interval, on both sides", () => {
    expect(sharedReach([{ mean: 0.1, low: -0.4, high: 0.2 }, { mean: null }])).toBe(0.4);
  });

  it("has a length even when nothing is known or all is zero", () => {
    expect([sharedReach([]), sharedReach([{ mean: 0 }])]).toEqual([1, 1]);
  });

  it("puts zero in the middle and never leaves the axis", () => {
    expect([place(0, 2, 100), place(-2, 2, 100), place(9, 2, 100)]).toEqual([50, 0, 100]);
  });
});
