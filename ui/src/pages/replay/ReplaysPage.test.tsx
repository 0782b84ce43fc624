import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { ReplayOrder } from "../../api/types";
import { Refusal, renderApp } from "../../test/app";
import { CAMPAIGN, campaign, job } from "../../test/fixtures";
import { REPLAY, replay, replayReport } from "../../test/replay-fixtures";

const TABLE = "gene,score,hit\nIL2RA,-4.2,1\nGATA3,0.9,0\n";

const upload = async () => {
  const file = new File([TABLE], "screen.csv", { type: "text/csv" });
  await userEvent.upload(await screen.findByLabelText("Screen file", { selector: "input" }), file);
};

describe("replays", () => {
  it("show the format of a screen while there is none", async () => {
    renderApp(`/c/${CAMPAIGN}/replay`, { "GET /api/replays": [] });
    expect(await screen.findByRole("heading", { name: "No replay yet" })).toBeInTheDocument();
    expect(screen.getByLabelText("Example of a screen's file")).toHaveTextContent("gene,score,hit");
  });

  it("are ordered with the file and go to the report", async () => {
    const orders: ReplayOrder[] = [];
    const { router, requests } = renderApp(`/c/${CAMPAIGN}/replay`, {
      "GET /api/replays": [],
      "POST /api/replays": () => replay({ state: "waiting", report: null }),
      [`GET /api/replays/${REPLAY}`]: replay(),
    });
    await upload();
    expect(await screen.findByText(/2 rows/)).toBeInTheDocument();
    await userEvent.click(screen.getByLabelText("ridge: Bayesian ridge", { exact: false }));
    await userEvent.type(screen.getByLabelText("Read-out gene"), "IL2RA");
    await userEvent.click(screen.getByRole("button", { name: "Replay" }));
    await waitFor(() =>
      expect(router.state.location.pathname).toBe(`/c/${CAMPAIGN}/replay/${REPLAY}`),
    );
    const sent = requests.find((request) => request.method === "POST");
    orders.push((await sent?.json()) as ReplayOrder);
    expect(orders[0]?.table).toBe(TABLE);
    expect(orders[0]?.options).toMatchObject({
      name: "screen.csv",
      readout: "IL2RA",
      strategies: ["default", "prior", "random"],
      seeds: 10,
    });
  });

  it("take the campaign's own results with what it knows beforehand", async () => {
    const { requests } = renderApp(`/c/${CAMPAIGN}/replay`, {
      "GET /api/replays": [],
      "POST /api/replays": replay({ state: "waiting", report: null }),
      [`GET /api/replays/${REPLAY}`]: replay(),
    });
    await userEvent.click(await screen.findByRole("button", { name: /this campaign's results/ }));
    expect(screen.queryByLabelText("Column of genes")).not.toBeInTheDocument();
    expect(screen.getByLabelText("Read-out gene")).toHaveValue(campaign().readout_gene ?? "");
    await userEvent.click(screen.getByRole("button", { name: "Replay" }));
    await waitFor(() => expect(requests.some((r) => r.method === "POST")).toBe(true));
    const sent = (await requests.find((r) => r.method === "POST")?.json()) as ReplayOrder;
    expect(sent).toMatchObject({ table: null, campaign_id: CAMPAIGN });
    expect(sent.options?.keep_essential).toBe(true);
  });

  it("keep what was typed when the screen is refused", async () => {
    const issues = [{ code: "bad_option", column: "hits", message: "luck: neither a column nor" }];
    renderApp(`/c/${CAMPAIGN}/replay`, {
      "GET /api/replays": [],
      "POST /api/replays": new Refusal({
        code: "bad_screen_table",
        title: "The content cannot be used",
        status: 422,
        issues,
      }),
    });
    await upload();
    await userEvent.type(await screen.findByLabelText("Hits"), "luck");
    await userEvent.click(screen.getByRole("button", { name: "Replay" }));
    expect(await screen.findByText(/neither a column nor/)).toBeInTheDocument();
    expect(screen.getByLabelText("Hits")).toHaveValue("luck");
  });

  it("are listed with what was found, controls marked", async () => {
    const list = [
      replay(),
      replay({
        id: "2",
        options: { ...replay().options, control: "labels" },
        state: "running",
        done: 2,
        report: null,
      }),
    ];
    renderApp(`/c/${CAMPAIGN}/replay`, { "GET /api/replays": list });
    const table = await screen.findByRole("table", { name: "Replays, newest first" });
    expect(within(table).getByText("40 %")).toBeInTheDocument();
    expect(within(table).getByText("control: labels")).toBeInTheDocument();
    expect(within(table).getByText("2 of 6 played")).toBeInTheDocument();
  });
});

describe("a replay", () => {
  it("says in words what was replayed, once that seeds are no replicates, and has its table", async () => {
    renderApp(`/c/${CAMPAIGN}/replay/${REPLAY}`, { [`GET /api/replays/${REPLAY}`]: replay() });
    expect(await screen.findByText(/^1,000 genes of il2ra.csv, of which 50/)).toBeInTheDocument();
    expect(screen.getAllByText(/Seeds are not biological replicates/)).toHaveLength(1);
    const table = screen.getByRole("table", { name: "After 48 genes" });
    expect(within(table).getByText("0.002")).toBeInTheDocument();
    expect(within(table).getByText("0 % to 10 % (90 %)")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: /CSV/ })).toHaveAttribute(
      "href",
      `/api/replays/${REPLAY}/table.csv`,
    );
  });

  it("marks a control run", async () => {
    const control = replay({ report: replayReport({ control: "features" }) });
    renderApp(`/c/${CAMPAIGN}/replay/${REPLAY}`, { [`GET /api/replays/${REPLAY}`]: control });
    expect(await screen.findByText(/every strategy must stay within/)).toBeInTheDocument();
  });

  it("shows how far it is and can be cancelled", async () => {
    const running = replay({ state: "running", report: null, done: 2 });
    const { requests } = renderApp(`/c/${CAMPAIGN}/replay/${REPLAY}`, {
      [`GET /api/replays/${REPLAY}`]: running,
      "GET /api/jobs/7": job({ id: 7, state: "running", message: "playing ridge, seed 2 of 3" }),
      "POST /api/jobs/7/cancel": job({ id: 7, cancel_requested: true }),
    });
    expect(await screen.findByText("playing ridge, seed 2 of 3")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    await waitFor(() =>
      expect(requests.some((r) => r.url.endsWith("/api/jobs/7/cancel"))).toBe(true),
    );
  });
});
