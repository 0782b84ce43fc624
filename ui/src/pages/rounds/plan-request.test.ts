import { describe, expect, it } from "vitest";
import { genesOf, planRequest } from "./plan-request";

describe("a plan request", () => {
  it("reads genes separated in any way, each once", () => {
    expect(genesOf(" MYB, GATA3;JUN  MYB\n")).toEqual(["MYB", "GATA3", "JUN"]);
    expect(genesOf("  ")).toEqual([]);
  });

  it("leaves empty fields to the campaign", () => {
    expect(planRequest({ batch: "", force: "", exclude: "JUN" })).toEqual({
      force: [],
      exclude: ["JUN"],
    });
    expect(planRequest({ batch: 12, force: "MYB", exclude: "" })).toEqual({
      batch: 12,
      force: ["MYB"],
      exclude: [],
    });
  });
});
