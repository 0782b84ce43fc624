import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Refusal, renderApp } from "../../test/app";
import { CAMPAIGN, campaign, job, loopState, ROUND, roundSummary } from "../../test/fixtures";

const LOOP = `GET /api/campaigns/${CAMPAIGN}/loop`;

describe("the loop page", () => {
  it("is where the start page leads, and shows hits as figure and as table", async () => {
    const { router } = renderApp("/", { [LOOP]: loopState() });
    expect(
      await screen.findByRole("heading", { level: 1, name: "IL2RA regulators" }),
    ).toBeInTheDocument();
    expect(router.state.location.pathname).toBe(`/c/${CAMPAIGN}`);
    expect(await screen.findByRole("img", { name: /^7 hits found/ })).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Show as table" }));
    expect(
      screen.getByRole("table", { name: "Hits found against wells used" }),
    ).toBeInTheDocument();
    expect(screen.getByText("0–3")).toBeInTheDocument();
  });

  it("approves the waiting round", async () => {
    const next = { action: "approve" as const, round_id: ROUND, message: "Round 1: 24 candidates" };
    const rounds = [roundSummary({ state: "planned", hits: null, hits_cumulative: null })];
    const { requests } = renderApp(`/c/${CAMPAIGN}`, {
      [LOOP]: loopState({ next, rounds }),
      [`POST /api/rounds/${ROUND}/approve`]: {},
    });
    await userEvent.click(await screen.findByRole("button", { name: "Approve round 1" }));
    await waitFor(() =>
      expect(requests.some((r) => r.url.endsWith(`/api/rounds/${ROUND}/approve`))).toBe(true),
    );
  });

  it("leads to the plate and the upload while a round is in the lab", async () => {
    const next = {
      action: "run_and_upload" as const,
      round_id: ROUND,
      message: "Round 1: 1 plate",
    };
    renderApp(`/c/${CAMPAIGN}`, { [LOOP]: loopState({ next }) });
    expect(await screen.findByRole("link", { name: "Open and print the plate" })).toHaveAttribute(
      "href",
      `/c/${CAMPAIGN}/rounds/${ROUND}`,
    );
    expect(screen.getAllByRole("link", { name: "Upload results" })).toHaveLength(2);
  });

  it("shows the running job while there is nothing to do", async () => {
    const next = { action: "wait" as const, job_id: 12, message: "The screen is running." };
    renderApp(`/c/${CAMPAIGN}`, { [LOOP]: loopState({ next, jobs: [job()] }) });
    expect(await screen.findByText("12 of 40 (30 %)")).toBeInTheDocument();
  });

  it("switches asking first", async () => {
    const { requests } = renderApp(`/c/${CAMPAIGN}`, {
      [LOOP]: loopState(),
      [`PATCH /api/campaigns/${CAMPAIGN}`]: campaign({ ask_me_first: false }),
    });
    await userEvent.click(await screen.findByRole("switch", { name: /Ask me first/ }));
    const patch = await waitFor(() => {
      const found = requests.find((r) => r.method === "PATCH");
      if (!found) throw new Error("no PATCH yet");
      return found;
    });
    expect(await patch.json()).toEqual({ ask_me_first: false });
  });

  it("shows the problem of a campaign that is not there, with a way to try again", async () => {
    const refusal = new Refusal({
      code: "not_found",
      title: "No such campaign",
      status: 404,
      detail: "List them first.",
    });
    renderApp(`/c/${CAMPAIGN}`, { [LOOP]: refusal });
    expect(await screen.findByRole("alert")).toHaveTextContent("No such campaign");
    expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
  });
});

describe("the start page", () => {
  it("explains how to get a campaign when there is none", async () => {
    renderApp("/", { "GET /api/campaigns": [] });
    expect(await screen.findByRole("heading", { name: "No campaign yet" })).toBeInTheDocument();
    expect(screen.getByText("nextwell demo")).toBeInTheDocument();
  });
});

describe("a decision on the timeline", () => {
  it("says promoted or not, why, and the new model beside the baselines", async () => {
    const decision = {
      round_number: 1,
      candidate_digest: "a",
      current_digest: "b",
      promote: false,
      reason: "Not better: 1.04 against 0.97.",
      created_at: "2026-11-22T10:00:00Z",
      evaluation: {
        n_train: 40,
        n_held_out: 10,
        p_better_than_current: 0.31,
        p_better_than_mean: 0.4,
        scores: [{ name: "candidate", mse: 1.04, mse_low: 0.8, mse_high: 1.3, spearman: null }],
      },
    };
    renderApp(`/c/${CAMPAIGN}`, { [LOOP]: loopState({ rounds: [roundSummary({ decision })] }) });
    expect(await screen.findByText("new model not used")).toBeInTheDocument();
    expect(screen.getByText("Not better: 1.04 against 0.97.")).toBeInTheDocument();
    expect(screen.getByText("1.04 (0.80 to 1.30)")).toBeInTheDocument();
  });
});
