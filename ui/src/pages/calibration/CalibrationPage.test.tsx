import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { renderApp } from "../../test/app";
import { CAMPAIGN } from "../../test/fixtures";
import { campaignCalibration } from "../../test/replay-fixtures";

const PATH = `GET /api/campaigns/${CAMPAIGN}/calibration`;

describe("calibration", () => {
  it("begins with words, then figures, rounds, arms and what the random arm vouches for", async () => {
    renderApp(`/c/${CAMPAIGN}/calibration`, { [PATH]: campaignCalibration() });
    expect(await screen.findByText(/^41 of the 48 90 % intervals held/)).toBeInTheDocument();
    expect(screen.getByText("intervals about right")).toBeInTheDocument();
    expect(screen.getByText(/too sure: sds 1.40 times as large/)).toBeInTheDocument();
    const rounds = screen.getByRole("table", { name: "Round by round" });
    expect(within(rounds).getByText("Round 1")).toBeInTheDocument();
    const arms = screen.getByRole("table", { name: "Random arm against the others" });
    expect(within(arms).getAllByRole("row")).toHaveLength(4);
    expect(screen.getByText("needs 19 random genes, there are 12")).toBeInTheDocument();
    expect(screen.getByText(/mean ± 1.90 sd \(the prediction claims ± 1.65 sd\)/)).toBeVisible();
  });

  it("shows each figure as a table too", async () => {
    renderApp(`/c/${CAMPAIGN}/calibration`, { [PATH]: campaignCalibration() });
    const buttons = await screen.findAllByRole("button", { name: "Show as table" });
    for (const button of buttons) await userEvent.click(button);
    const coverage = screen.getByRole("table", {
      name: "How often intervals held the measurement",
    });
    expect(within(coverage).getAllByRole("row")).toHaveLength(5);
    expect(
      screen.getByRole("table", { name: "Whether hit probabilities came true" }),
    ).toBeInTheDocument();
  });

  it("explains itself before any result, and says what it could not count", async () => {
    const notes = ["The 12 measured genes of round 1 are not counted."];
    const nothing = campaignCalibration({ report: null, notes });
    renderApp(`/c/${CAMPAIGN}/calibration`, { [PATH]: nothing });
    expect(
      await screen.findByRole("heading", { name: "No measured round yet" }),
    ).toBeInTheDocument();
    expect(screen.getByText(notes[0] ?? "")).toBeInTheDocument();
  });
});
