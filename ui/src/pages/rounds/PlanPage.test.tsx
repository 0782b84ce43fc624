import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Refusal, renderApp } from "../../test/app";
import { CAMPAIGN, campaign, job, loopState, ROUND, roundSummary } from "../../test/fixtures";
import { pick, preview } from "../../test/plan-fixtures";

const LOOP = `GET /api/campaigns/${CAMPAIGN}/loop`;
const PREVIEW = `POST /api/campaigns/${CAMPAIGN}/rounds/preview`;
const PLAN = `POST /api/campaigns/${CAMPAIGN}/rounds`;

const sent = async (requests: Request[], path: string) => {
  const bodies = requests.filter((r) => r.method === "POST" && r.url.endsWith(path));
  return Promise.all(bodies.map((r) => r.clone().json()));
};

describe("planning a round", () => {
  it("shows limits, cost and every pick with its reason and its split", async () => {
    renderApp(`/c/${CAMPAIGN}/plan`, { [LOOP]: loopState(), [PREVIEW]: preview() });
    expect(
      await screen.findByText(/2 picks on 1 plate, cost 331; 1.1 hits expected/),
    ).toBeInTheDocument();
    const limits = screen.getByRole("group", { name: "Limits left" });
    expect(limits).toHaveTextContent("3,669 after this round");
    expect(limits).toHaveTextContent("no limit set");
    const row = screen.getByRole("row", { name: /MYB/ });
    expect(row).toHaveTextContent("75 % exploit");
    expect(screen.getAllByText(/^Best of 1200/)).toHaveLength(2);
    expect(screen.getByRole("grid", { name: /Plate NW0000-2-1/ })).toBeInTheDocument();
  });

  it("locks and excludes picks, and asks for the preview of that", async () => {
    const { requests } = renderApp(`/c/${CAMPAIGN}/plan`, {
      [LOOP]: loopState(),
      [PREVIEW]: preview(),
    });
    await userEvent.click(await screen.findByRole("button", { name: "Lock MYB" }));
    await userEvent.click(screen.getByRole("button", { name: "Exclude JUN" }));
    expect(screen.getByRole("textbox", { name: "Locked genes" })).toHaveValue("MYB");
    expect(screen.getByRole("textbox", { name: "Excluded genes" })).toHaveValue("JUN");
    expect(screen.getByRole("button", { name: "Approve round 2" })).toBeDisabled();
    await waitFor(async () =>
      expect((await sent(requests, "/preview")).at(-1)).toEqual({
        force: ["MYB"],
        exclude: ["JUN"],
      }),
    );
    await waitFor(() =>
      expect(screen.getByRole("button", { name: "Approve round 2" })).toBeEnabled(),
    );
  });

  it("says in words why nothing can be approved", async () => {
    const detail = "No round fits: 1 plate costs 310, budget 10";
    renderApp(`/c/${CAMPAIGN}/plan`, {
      [LOOP]: loopState(),
      [PREVIEW]: new Refusal({ code: "no_round_fits", title: "Not possible", status: 422, detail }),
    });
    expect(await screen.findByRole("alert")).toHaveTextContent(detail);
    const approve = screen.getByRole("button", { name: /^Approve round/ });
    expect(approve).toBeDisabled();
    expect(approve).toHaveAccessibleDescription(`Nothing to approve. ${detail}`);
  });

  it("approves exactly the round that is shown and goes to it", async () => {
    const rounds = [roundSummary(), roundSummary({ id: ROUND, number: 2, state: "approved" })];
    const { requests, router } = renderApp(`/c/${CAMPAIGN}/plan?add=MYB`, {
      [LOOP]: loopState({ campaign: campaign({ ask_me_first: false }) }),
      [PREVIEW]: preview({ picks: [pick({ kind: "forced" })] }),
      [PLAN]: { job_id: 7 },
      "GET /api/jobs/7": job({ id: 7, kind: "propose", state: "done" }),
      [`GET /api/campaigns/${CAMPAIGN}/rounds`]: rounds,
    });
    await userEvent.click(await screen.findByRole("button", { name: "Approve round 2" }));
    await waitFor(() =>
      expect(router.state.location.pathname).toBe(`/c/${CAMPAIGN}/rounds/${ROUND}`),
    );
    expect(await sent(requests, "/rounds")).toEqual([
      { force: ["MYB"], exclude: [], approve: true, number: 2, seen: "state-1" },
    ]);
  });

  it("shows why a job did not plan the round", async () => {
    const last_error = { code: "changed_since", title: "Changed", status: 409, detail: "Look." };
    renderApp(`/c/${CAMPAIGN}/plan`, {
      [LOOP]: loopState(),
      [PREVIEW]: preview(),
      [PLAN]: { job_id: 7 },
      "GET /api/jobs/7": job({ id: 7, kind: "propose", state: "failed", last_error }),
    });
    await userEvent.click(await screen.findByRole("button", { name: "Approve round 2" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Look.");
  });

  it("says that a planned round waits for its approval", async () => {
    const rounds = [roundSummary({ state: "planned", hits: null, hits_cumulative: null })];
    renderApp(`/c/${CAMPAIGN}/plan`, { [LOOP]: loopState({ rounds }), [PREVIEW]: preview() });
    expect(await screen.findByText("Round 1 waits for approval")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Look at round 1" })).toHaveAttribute(
      "href",
      `/c/${CAMPAIGN}/rounds/${ROUND}`,
    );
  });
});
