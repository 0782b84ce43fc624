import { describe, expect, it } from "vitest";
import { requestWords } from "./request-words";

describe("what a round was asked to be", () => {
  it("names only what was asked for", () => {
    expect(requestWords({ approve: true, number: 2, seen: "x" })).toEqual([]);
    expect(
      requestWords({ plates: 2, budget: 4000, force: ["MYB"], exclude: ["JUN"], kappa: 0 }),
    ).toEqual(["2 plates", "budget 4,000", "locked MYB", "excluded JUN", "kappa 0"]);
  });
});
