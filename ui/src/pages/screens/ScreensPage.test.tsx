import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Refusal, renderApp } from "../../test/app";
import { CAMPAIGN, job } from "../../test/fixtures";
import { modelVersion } from "../../test/model-fixtures";
import {
  cells,
  OTHER_SCREEN,
  SCREEN,
  screenEstimate,
  screenReport,
  screenRow,
  screenSummary,
} from "../../test/screen-fixtures";

const points = { labels: ["GATA3"], means: [0.004], qs: [0.03], significant: [true] };

const finished = {
  [`GET /api/screens/${SCREEN}`]: screenSummary(),
  [`GET /api/screens/${SCREEN}/report`]: screenReport(),
  [`GET /api/screens/${SCREEN}/points`]: points,
  [`GET /api/screens/${SCREEN}/rows`]: (request: Request) => {
    const search = new URL(request.url).searchParams.get("search") ?? "";
    const rows = [screenRow(), screenRow({ rank: 2, label: "MYB", significant: false })];
    const kept = rows.filter((row) => row.label.includes(search));
    return { rows: kept, total: kept.length };
  },
};

describe("the list of screens", () => {
  it("offers to compare finished screens and says what each is", async () => {
    const list = [
      screenSummary(),
      screenSummary({ id: OTHER_SCREEN, model_name: "scGPT" }),
      screenSummary({ id: "3", state: "running", n_shards: 4, shards_done: 1 }),
    ];
    const { router } = renderApp("/screens", { "GET /api/screens": list });
    await userEvent.click(await screen.findByLabelText("Compare Tumor → NAT, scGPT"));
    expect(screen.queryByRole("link", { name: /^Compare/ })).not.toBeInTheDocument();
    await userEvent.click(
      screen.getAllByLabelText(/^Compare Tumor → NAT, Geneformer/)[0] as Element,
    );
    await userEvent.click(screen.getByRole("link", { name: "Compare 2 screens" }));
    await waitFor(() =>
      expect(router.state.location.search).toEqual({ ids: `${OTHER_SCREEN},${SCREEN}` }),
    );
  });

  it("explains itself while there is none", async () => {
    renderApp(`/c/${CAMPAIGN}/screens`, { "GET /api/screens": [] });
    expect(await screen.findByRole("heading", { name: "No screen yet" })).toBeInTheDocument();
  });
});

describe("a new screen", () => {
  const answers = {
    "GET /api/datasets": [cells()],
    "GET /api/models": [modelVersion()],
    "POST /api/screens/estimate": [screenEstimate()],
    "POST /api/screens": [screenSummary({ state: "waiting" })],
    [`GET /api/screens/${SCREEN}`]: screenSummary({ state: "waiting" }),
    "GET /api/jobs/12": job({ kind: "perturb", state: "ready" }),
  };

  it("shows what it costs before it starts, then orders it and follows it", async () => {
    const { requests, router } = renderApp("/screens/new", answers);
    expect(await screen.findByText(/450 forward passes, about 2 min 5 s/)).toBeInTheDocument();
    expect(screen.getByText(/NOSUCH/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Run the screen" }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/screens/${SCREEN}`));
    const sent = requests.find((r) => r.method === "POST" && r.url.endsWith("/api/screens"));
    expect(await sent?.json()).toMatchObject({
      start: { column: "source", value: "Tumor" },
      targets: { kind: "transcription_factors" },
    });
    expect(await screen.findByRole("button", { name: "Cancel" })).toBeInTheDocument();
  });

  it("says what is missing, and what the server refuses", async () => {
    const refusal = new Refusal({
      code: "bad_screen",
      title: "This screen cannot be run",
      detail: "the state Tumor has no cells",
      status: 422,
    });
    renderApp("/screens/new", { ...answers, "POST /api/screens/estimate": refusal });
    expect(await screen.findByText("the state Tumor has no cells")).toBeInTheDocument();
    await userEvent.click(screen.getByLabelText("Knock-out"));
    expect(await screen.findByText("Choose what is done to the genes.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Run the screen" })).toBeDisabled();
  });
});

describe("the report of a screen", () => {
  it("warns first, and shows each row with its interval and who agrees", async () => {
    renderApp(`/screens/${SCREEN}`, finished);
    expect(await screen.findByText(/Only 3 donors/)).toBeInTheDocument();
    expect(
      await screen.findByRole("img", { name: /^GATA3 effect \+0.0040, 95 % interval \+0.0010/ }),
    ).toBeInTheDocument();
    const row = screen.getByRole("button", { name: "GATA3" }).closest("tr") as HTMLElement;
    expect(within(row).getByText("3 / 3")).toBeInTheDocument();
    expect(within(row).getByText("significant")).toBeInTheDocument();
    const correlation = screen.getByRole("table", { name: "Correlation with expression" });
    expect(within(correlation).getByText("+0.62")).toBeInTheDocument();
    expect(within(correlation).getByText("strong")).toBeInTheDocument();
    const csv = screen.getByRole("link", { name: /These rows, CSV/ });
    expect(csv).toHaveAttribute(
      "href",
      `/api/screens/${SCREEN}/rows.csv?perturbation=knock_out&sort=rank`,
    );
  });

  it("keeps the open gene in the address and shows it by donor", async () => {
    const { router } = renderApp(`/screens/${SCREEN}`, finished);
    await userEvent.click(await screen.findByRole("button", { name: "GATA3" }));
    await waitFor(() => expect(router.state.location.search).toEqual({ gene: "GATA3" }));
    const panel = await screen.findByRole("dialog", { name: "GATA3, knock-out" });
    expect(await within(panel).findByRole("img", { name: /^GATA3 in P1 \+0.0050/ })).toBeVisible();
  });

  it("never shows a first-order ranking without what the estimates are worth", async () => {
    const check = { spearman: 0.988, kept: 45, top: 50, sampled_genes: 200, sampled_cells: 4 };
    renderApp(`/screens/${SCREEN}`, {
      ...finished,
      [`GET /api/screens/${SCREEN}/report`]: screenReport({ first_order: check }),
    });
    expect(await screen.findByText(/rank correlation of 0.988/)).toHaveTextContent(
      "keep 45 of the exact top 50",
    );
  });

  it("evaluates the ranking against a person's own genes", async () => {
    const found = [
      {
        ranking: "screen",
        perturbation: "knock_out",
        n: 40,
        positives: 2,
        auroc: { value: 0.8, low: 0.6, high: 0.95 },
        auprc: null,
        enrichment: [{ k: 10, value: 4 }],
        mrr: 0.5,
      },
    ];
    const { requests } = renderApp(`/screens/${SCREEN}`, {
      ...finished,
      [`POST /api/screens/${SCREEN}/evaluate`]: found,
    });
    await userEvent.type(await screen.findByLabelText("Genes known to matter"), "GATA3, MYB");
    await userEvent.click(screen.getByRole("button", { name: "Evaluate" }));
    expect(await screen.findByText("0.80 (0.60 to 0.95)")).toBeInTheDocument();
    const sent = requests.find((request) => request.url.endsWith("/evaluate"));
    expect(await sent?.json()).toEqual({ genes: ["GATA3", "MYB"] });
  });
});

describe("screens side by side", () => {
  it("lists what all say about a target", async () => {
    const row = {
      rank: 1,
      label: "GATA3",
      genes: ["ENSG00000107485"],
      perturbation: "knock_out",
      score: 0.9,
      n_screens: 2,
      n_significant: 1,
      n_agreeing: 2,
      direction: "helps",
      ranks: [1, 4],
      transcription_factor: true,
      druggable: [],
    };
    const other = screenSummary({ id: OTHER_SCREEN, model_name: "scGPT" });
    renderApp(`/screens/compare?ids=${SCREEN},${OTHER_SCREEN}`, {
      "GET /api/screens/consensus": {
        screens: [screenSummary(), other],
        perturbations: ["knock_out"],
        rows: [row],
        total: 1,
      },
      [`GET /api/screens/${SCREEN}/points`]: points,
      [`GET /api/screens/${OTHER_SCREEN}/points`]: points,
    });
    const table = await screen.findByRole("table", { name: "Consensus of the screens" });
    expect(within(table).getByText("towards the goal")).toBeInTheDocument();
    expect(within(table).getByText("2 / 2")).toBeInTheDocument();
  });
});
