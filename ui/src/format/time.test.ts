import { describe, expect, it } from "vitest";
import { date, dateTime, duration, rate } from "./time";

describe("time", () => {
  it("says durations in the two largest units", () => {
    expect([8, 120, 125, 3600, 11400].map(duration)).toEqual([
      "8 s",
      "2 min",
      "2 min 5 s",
      "1 h",
      "3 h 10 min",
    ]);
    expect(duration(null)).toBe("–");
  });

  it("says slow rates per minute", () => {
    expect([rate(2.44), rate(0.5), rate(0.05), rate(0)]).toEqual([
      "2.4 / s",
      "30 / min",
      "3.0 / min",
      "–",
    ]);
  });

  it("shows a dash for a moment that is missing or malformed", () => {
    expect([dateTime(null), dateTime("soon")]).toEqual(["–", "–"]);
    expect([date("2026-11-24T12:05:00Z"), date("never")]).toEqual(["24 Nov 2026", "–"]);
    expect(dateTime("2026-11-24T12:05:00Z")).toMatch(/24 Nov 2026, \d\d:05/);
  });
});
