import { describe, expect, it } from "vitest";
import { parseChange, staleKeys } from "./changes";

describe("changes", () => {
  it("makes only the campaign's own queries stale where keys name the campaign", () => {
    expect(staleKeys({ kind: "upload", id: "u", campaign_id: "c" })).toEqual([
      ["uploads", "c"],
      ["upload"],
      ["loop", "c"],
      ["preview", "c"],
      ["calibration", "c"],
    ]);
  });

  it("reaches all campaigns when the event names none", () => {
    expect(staleKeys({ kind: "job", id: "1" })).toEqual([["jobs"], ["loop"]]);
  });

  it("ignores kinds it does not know", () => {
    expect(staleKeys({ kind: "weather", id: "1" })).toEqual([]);
  });

  it("reads numbers as identifiers and refuses what is no event", () => {
    expect(parseChange('{"kind":"job","id":7}')).toEqual({
      kind: "job",
      id: "7",
      campaign_id: null,
    });
    expect([parseChange("nonsense"), parseChange("null"), parseChange("{}")]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
