import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { type Answers, Refusal, renderApp } from "../../test/app";
import { CAMPAIGN, job } from "../../test/fixtures";
import {
  coverage,
  DATASET,
  dataset,
  MODEL,
  modelDetails,
  modelVersion,
  preview,
} from "../../test/model-fixtures";

const PATH = `/c/${CAMPAIGN}/models/${MODEL}`;
const child = modelVersion({ digest: "99".repeat(32), name: "v2", parent_digest: MODEL });

const NOT_COMPUTED = new Refusal({
  code: "not_computed",
  title: "Not computed yet",
  status: 404,
});

const answers = (more: Answers = {}): Answers => ({
  "GET /api/models": [modelVersion(), child],
  [`GET /api/models/${MODEL}`]: modelDetails(),
  "GET /api/datasets": [dataset()],
  [`GET /api/models/${MODEL}/coverage`]: coverage(),
  [`GET /api/models/${MODEL}/embedding`]: preview(),
  ...more,
});

describe("a model's page", () => {
  it("shows facts, licence, parity, lineage and the keys that are not used", async () => {
    renderApp(PATH, answers());
    expect(
      await screen.findByRole("heading", { level: 1, name: "Geneformer V1-10M" }),
    ).toBeInTheDocument();
    expect(
      screen.getByRole("region", { name: "Licence of the weights: Apache-2.0" }),
    ).toHaveTextContent("https://example.org/LICENSE");
    const facts = screen.getByRole("region", { name: "Facts" });
    expect(facts).toHaveTextContent("10.3 M parameters (10,316,196)");
    expect(facts).toHaveTextContent("25,424 human genes, 25,426 tokens in all");
    await userEvent.click(screen.getByText("1 known key of the checkpoint is not used"));
    expect(screen.getByText("bert.embeddings.position_ids")).toBeVisible();
    expect(screen.getByRole("region", { name: "Parity on this server" })).toHaveTextContent(
      "6e-7 ✓ within 2e-5",
    );
    const lineage = screen.getByRole("region", { name: "Lineage" });
    expect(await within(lineage).findByRole("link", { name: "v2" })).toHaveAttribute(
      "href",
      `/c/${CAMPAIGN}/models/${child.digest}`,
    );
  });

  it("says how much of the cells the model sees", async () => {
    renderApp(PATH, answers());
    const bars = await screen.findByRole("list", { name: "What the model sees of these cells" });
    expect(bars).toHaveTextContent("13,200 of the 14,061 measured genes");
    expect(bars).toHaveTextContent("97 %");
    expect(bars).toHaveTextContent("12 of 200 cells");
    await userEvent.click(screen.getByText(/Genes the model cannot see/));
    const unknown = screen.getByRole("table", { name: "Unknown genes with most counts" });
    expect(within(unknown).getByRole("row", { name: /MALAT1/ })).toHaveTextContent("2.5 %");
  });

  it("draws the cells when asked, coloured by a column, with a table of centres", async () => {
    const { router, requests } = renderApp(PATH, answers());
    await userEvent.click(await screen.findByRole("button", { name: "Draw the cells" }));
    const legend = await screen.findByRole("list", { name: "source: groups" });
    expect(within(legend).getByRole("button", { name: /Tumor/ })).toHaveTextContent("2");
    expect(router.state.location.search).toMatchObject({ embedding: "mean" });
    const asked = requests.find((r) => r.url.includes("/embedding"));
    expect(Object.fromEntries(new URL(asked?.url ?? "").searchParams)).toEqual({
      dataset: DATASET,
      kind: "mean",
      max_cells: "2000",
      colour: "source",
    });
    expect(asked?.method).toBe("GET");
    await userEvent.click(within(legend).getByRole("button", { name: /Tumor/ }));
    expect(within(legend).getByRole("button", { name: /Tumor/ })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await userEvent.click(screen.getByRole("button", { name: "Show as table" }));
    const table = screen.getByRole("table", { name: "Centres of the groups" });
    expect(within(table).getByRole("row", { name: /Tumor/ })).toHaveTextContent("0.500");
    expect(screen.getByText(/1 cell without any gene the model knows are left out/)).toBeVisible();
  });

  it("waits for the job that embeds, then draws", async () => {
    let done = false;
    renderApp(
      `${PATH}?embedding=mean`,
      answers({
        [`GET /api/models/${MODEL}/embedding`]: () => (done ? preview() : NOT_COMPUTED),
        [`POST /api/models/${MODEL}/embedding`]: { job_id: 12 },
        "GET /api/jobs/12": () =>
          job({ kind: "embed", state: done ? "done" : "running", done: 60, total: 200 }),
      }),
    );
    expect(await screen.findByText("60 of 200 (30 %)")).toBeInTheDocument();
    done = true;
    expect(
      await screen.findByRole("list", { name: "source: groups" }, { timeout: 4000 }),
    ).toBeInTheDocument();
  });

  it("shows why embedding failed and does not try again by itself", async () => {
    const { requests } = renderApp(
      `${PATH}?embedding=mean`,
      answers({
        [`GET /api/models/${MODEL}/embedding`]: NOT_COMPUTED,
        [`POST /api/models/${MODEL}/embedding`]: { job_id: 12 },
        "GET /api/jobs/12": job({
          state: "failed",
          last_error: { title: "No gene of the cells is known", code: "x", status: 422 },
        }),
      }),
    );
    expect(await screen.findByText("No gene of the cells is known")).toBeInTheDocument();
    const asked = () => requests.filter((r) => r.method === "POST").length;
    expect(asked()).toBe(1);
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(asked()).toBe(2));
  });

  it("removes a model after asking, and goes back to the list", async () => {
    const { router, requests } = renderApp(
      PATH,
      answers({ [`DELETE /api/models/${MODEL}`]: { job_id: 13 } }),
    );
    await userEvent.click(await screen.findByRole("button", { name: "Remove …" }));
    await userEvent.click(await screen.findByRole("button", { name: "Remove" }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/c/${CAMPAIGN}/models`));
    expect(requests.some((r) => r.method === "DELETE")).toBe(true);
  });

  it("says why a model in use cannot be removed", async () => {
    const used_by = {
      campaigns: [{ id: CAMPAIGN, name: "IL2RA regulators" }],
      screens: 2,
      decisions: 0,
      children: [],
    };
    renderApp(
      PATH,
      answers({ [`GET /api/models/${MODEL}`]: modelDetails({ used_by, removable: false }) }),
    );
    await userEvent.click(await screen.findByRole("button", { name: "Remove …" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("the campaign IL2RA regulators plans with it");
    expect(within(dialog).queryByRole("button", { name: "Remove" })).not.toBeInTheDocument();
  });

  it("shows the server's words for a model that is not there", async () => {
    renderApp(
      PATH,
      answers({
        [`GET /api/models/${MODEL}`]: new Refusal({
          code: "not_found",
          title: "No such model",
          status: 404,
        }),
      }),
    );
    expect(await screen.findByRole("alert")).toHaveTextContent("No such model");
  });
});
