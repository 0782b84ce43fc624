import { describe, expect, it } from "vitest";
import { job } from "../../test/fixtures";
import { canCancel, canRunAgain, errorWords, progressWords, shareDone } from "./job-words";

describe("jobs in words", () => {
  it("says how far, how fast and how long", () => {
    expect(progressWords(job({ rate_per_second: 2.44, eta_seconds: 12 }))).toBe(
      "12 of 40 (30 %), 2.4 / s, 12 s left",
    );
    expect(progressWords(job({ total: null }))).toBe("");
  });

  it("knows no share without a total, and never more than all", () => {
    expect([
      shareDone(job({ total: null })),
      shareDone(job({ done: 50 })),
      shareDone(job({ state: "done", total: null })),
    ]).toEqual([null, 1, 1]);
  });

  it("reads the last error as a problem, and anything else as it is", () => {
    expect(errorWords(job())).toBeNull();
    expect(
      errorWords(job({ last_error: { code: "x", title: "No answer", detail: "Start it." } })),
    ).toEqual({ title: "No answer", detail: "Start it." });
    expect(errorWords(job({ last_error: "lost" }))).toEqual({ title: "lost", detail: "" });
  });

  it("offers to stop what runs and to repeat what stopped", () => {
    expect([
      canCancel(job()),
      canCancel(job({ cancel_requested: true })),
      canCancel(job({ state: "done" })),
    ]).toEqual([true, false, false]);
    expect([canRunAgain(job({ state: "dead" })), canRunAgain(job())]).toEqual([true, false]);
  });
});
