import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Refusal, renderApp } from "../../test/app";
import { CAMPAIGN, campaign } from "../../test/fixtures";

const PATCH = `PATCH /api/campaigns/${CAMPAIGN}`;

describe("the settings page", () => {
  it("saves what was changed, and says so", async () => {
    const { requests } = renderApp(`/c/${CAMPAIGN}/settings`, { [PATCH]: campaign({ batch: 48 }) });
    const save = await screen.findByRole("button", { name: "Save" });
    expect(save).toBeDisabled();
    expect(save).toHaveAccessibleDescription("Nothing is changed.");
    const batch = screen.getByRole("textbox", { name: "Candidate wells a round" });
    await userEvent.clear(batch);
    await userEvent.type(batch, "48");
    expect(save).toHaveAccessibleDescription("1 setting changed, not saved yet.");
    await userEvent.click(save);
    const patch = await waitFor(() => {
      const found = requests.find((r) => r.method === "PATCH");
      if (!found) throw new Error("no PATCH yet");
      return found;
    });
    expect(await patch.json()).toEqual({ batch: 48 });
    expect(await screen.findByText(/^Saved/)).toBeInTheDocument();
  });

  it("keeps the threshold once results exist, and says why", async () => {
    renderApp(`/c/${CAMPAIGN}/settings`, {
      "GET /api/campaigns": [campaign({ has_results: true })],
    });
    const threshold = await screen.findByRole("textbox", { name: "Hit threshold" });
    expect(threshold).toBeDisabled();
    expect(threshold).toHaveAccessibleDescription(/^Fixed: results exist/);
  });

  it("shows the server's words when a setting is refused", async () => {
    const detail = "nothing was changed; mend the list of genes";
    const refusal = new Refusal({ code: "unknown_candidate", title: "No", status: 422, detail });
    renderApp(`/c/${CAMPAIGN}/settings`, { [PATCH]: refusal });
    await userEvent.type(await screen.findByRole("textbox", { name: "Genes set aside" }), "X1");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(detail);
  });

  it("adds a block of gene features and takes it out again", async () => {
    const path = `/api/campaigns/${CAMPAIGN}/features`;
    const block = {
      name: "notebook",
      source: "the lab",
      licence: "own",
      n_genes: 1200,
      width: 3,
      digest: "d",
      created_at: "2026-11-25T10:00:00Z",
    };
    let blocks: unknown[] = [];
    const { requests } = renderApp(`/c/${CAMPAIGN}/settings`, {
      [`GET ${path}`]: () => blocks,
      [`POST ${path}`]: () => {
        blocks = [block];
        return blocks;
      },
      [`DELETE ${path}/notebook`]: () => {
        blocks = [];
        return blocks;
      },
    });
    expect(await screen.findByText("No block of your own yet.")).toBeInTheDocument();
    const file = new File(["# nextwell features 1"], "notebook.csv.gz");
    await userEvent.upload(screen.getByLabelText("File of gene features"), file);
    expect(await screen.findByText("the lab (own)")).toBeInTheDocument();
    expect(requests.some((r) => r.method === "POST")).toBe(true);
    await userEvent.click(screen.getByRole("button", { name: "Remove block notebook" }));
    expect(await screen.findByText("No block of your own yet.")).toBeInTheDocument();
  });
});
