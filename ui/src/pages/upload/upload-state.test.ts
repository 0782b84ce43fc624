import { describe, expect, it } from "vitest";
import { upload } from "../../test/fixtures";
import { acceptGate, advance, type Stage, type Step } from "./upload-state";

const accepted = { upload_id: "u", measurements: 94, genes: 24, hits: 5, already_accepted: false };
const run = (steps: Step[]) => steps.reduce<Stage>(advance, { at: "choose" });

describe("upload stages", () => {
  it("goes from a chosen file over its report to the summary", () => {
    const stage = run([
      { type: "file_chosen", fileName: "a.csv" },
      { type: "checked", upload: upload() },
      { type: "accept_pressed" },
      { type: "accepted", accepted },
    ]);
    expect(stage).toMatchObject({ at: "accepted", accepted: { hits: 5 } });
  });

  it("remembers that the file was here before", () => {
    const stage = run([
      { type: "file_chosen", fileName: "a.csv" },
      { type: "checked", upload: upload({ duplicate: true }) },
    ]);
    expect(stage).toMatchObject({ at: "review", duplicate: true });
  });

  it("comes back to the report with the error when accepting failed", () => {
    const stage = run([
      { type: "opened", uploadId: "u" },
      { type: "accept_pressed" },
      { type: "accept_failed", error: "no" },
    ]);
    expect(stage).toMatchObject({ at: "review", uploadId: "u", error: "no" });
  });

  it("names the file that was refused", () => {
    const stage = run([
      { type: "file_chosen", fileName: "a.csv" },
      { type: "check_failed", error: "no" },
    ]);
    expect(stage).toMatchObject({ at: "refused", fileName: "a.csv" });
  });

  it("cannot accept twice, nor leave while accepting", () => {
    const accepting = run([{ type: "opened", uploadId: "u" }, { type: "accept_pressed" }]);
    for (const step of [
      { type: "accept_pressed" },
      { type: "closed" },
      { type: "file_chosen", fileName: "b" },
    ] as Step[]) {
      expect(advance(accepting, step)).toBe(accepting);
    }
  });
});

describe("the gate of Accept", () => {
  it("opens for a clean file with a plate", () => {
    expect(acceptGate(upload())).toEqual({ open: true });
  });

  it("stays shut with the reason while there are errors", () => {
    const bad = upload({ state: "rejected" });
    bad.report.errors = [
      { code: "x", message: "m" },
      { code: "y", message: "n" },
    ];
    expect(acceptGate(bad)).toMatchObject({
      open: false,
      reason: expect.stringContaining("2 errors"),
    });
  });

  it("stays shut for a file that was accepted, or holds no plate of ours", () => {
    expect(
      acceptGate(upload({ state: "accepted", accepted_at: "2026-11-24T22:30:00Z" })),
    ).toMatchObject({
      reason: expect.stringMatching(/^Already imported on 24 Nov 2026/),
    });
    const other = upload();
    other.report.plates = [];
    expect(acceptGate(other)).toMatchObject({
      open: false,
      reason: expect.stringContaining("No plate"),
    });
  });
});
