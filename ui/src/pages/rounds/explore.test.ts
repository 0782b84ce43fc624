import { describe, expect, it } from "vitest";
import { splitOf } from "./explore";

describe("explore against exploit", () => {
  it("splits the score into its mean and its uncertainty", () => {
    expect(splitOf({ mean: 1.5, sd: 0.5 }, 1)).toEqual({
      exploit: 0.75,
      words: "75 % exploit",
      label: "mean +1.50, uncertainty 0.50",
    });
    expect(splitOf({ mean: 0.5, sd: 0.75 }, 2).words).toBe("75 % explore");
  });

  it("never divides by zero, and a negative mean exploits nothing", () => {
    expect(splitOf({ mean: 0, sd: 0 }, 1).words).toBe("100 % exploit");
    expect(splitOf({ mean: -1, sd: 0.5 }, 1).words).toBe("100 % explore");
    expect(splitOf({ mean: -1, sd: 0.5 }, 0).exploit).toBe(1);
  });
});
