import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderApp } from "../../test/app";
import { CAMPAIGN, job } from "../../test/fixtures";
import { modelCard, modelParity, modelVersion } from "../../test/model-fixtures";

const foundation = modelVersion({
  digest: "ef".repeat(32),
  family: "scfoundation",
  name: "scFoundation",
  parity: null,
  card: modelCard({
    family: "scfoundation",
    licence: { name: "Model licence", note: "Research only, non-commercial.", source: "" },
    sizes: { layers: 12, hidden: 768, heads: 12, ffn: 3072, context: 19266, parameters: 119e6 },
  }),
  created_at: "2026-11-25T01:00:00Z",
});
const broken = modelVersion({
  digest: "aa".repeat(32),
  name: "old",
  card: null,
  parity: modelParity({ largest_difference: 0.02, holds: false }),
  created_at: "2026-11-20T01:00:00Z",
});
const answers = { "GET /api/models": [modelVersion(), foundation, broken] };

const names = () =>
  within(screen.getByRole("table", { name: "Models" }))
    .getAllByRole("link")
    .map((link) => link.textContent);

afterEach(() => vi.unstubAllGlobals());

describe("the models page", () => {
  it("shows size, licence and parity of each model, newest first", async () => {
    renderApp(`/c/${CAMPAIGN}/models`, answers);
    const table = await screen.findByRole("table", { name: "Models" });
    expect(names()).toEqual(["scFoundation", "Geneformer V1-10M", "old"]);
    const row = within(table).getByRole("row", { name: /V1-10M/ });
    for (const words of ["10.3 M", "6 × 256", "25,424", "Apache-2.0"])
      expect(within(row).getByText(words)).toBeInTheDocument();
    expect(row).toHaveTextContent("6e-7 ✓ within 2e-5");
    expect(within(table).getByRole("row", { name: /^old/ })).toHaveTextContent(
      "2e-2 ✗ not within 2e-5",
    );
    expect(screen.getByRole("link", { name: "Models" })).toHaveAttribute("data-status", "active");
  });

  it("sorts and filters in the URL; what is not known is last", async () => {
    const { router } = renderApp(`/c/${CAMPAIGN}/models`, answers);
    await userEvent.click(await screen.findByRole("button", { name: "Parameters" }));
    await waitFor(() => expect(names()).toEqual(["scFoundation", "Geneformer V1-10M", "old"]));
    await userEvent.click(screen.getByRole("button", { name: /Parameters/ }));
    await waitFor(() => expect(names()).toEqual(["Geneformer V1-10M", "scFoundation", "old"]));
    await userEvent.selectOptions(screen.getByLabelText("Family"), "Geneformer (2)");
    await waitFor(() => expect(names()).toEqual(["Geneformer V1-10M", "old"]));
    expect(router.state.location.search).toEqual({ sort: "parameters", family: "geneformer" });
  });

  it("says how to get a first model", async () => {
    renderApp("/models", { "GET /api/models": [] });
    expect(await screen.findByRole("heading", { name: "No model yet" })).toBeInTheDocument();
    expect(screen.getByText(/nextwell models random/)).toBeInTheDocument();
  });

  it("verifies from the list and shows the progress", async () => {
    let done = false;
    renderApp("/models", {
      "GET /api/models": () => [{ ...foundation, parity: done ? modelParity() : null }],
      [`POST /api/models/${foundation.digest}/verify`]: { job_id: 12 },
      "GET /api/jobs/12": () =>
        job({ kind: "verify", state: done ? "done" : "running", done: 1, total: 4 }),
    });
    await userEvent.click(await screen.findByRole("button", { name: "Verify scFoundation" }));
    expect(await screen.findByText("1 of 4 (25 %)")).toBeInTheDocument();
    done = true;
    expect(await screen.findByText(/within 2e-5/, {}, { timeout: 4000 })).toBeInTheDocument();
  });
});

/** The upload, ended by the test. */
class Wire {
  static last: Wire;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  status = 0;
  statusText = "";
  responseText = "";
  onload = () => {};
  onloadend = () => {};
  path = "";
  form?: FormData;
  open = (_: string, path: string) => {
    this.path = path;
  };
  send = (form: FormData) => {
    this.form = form;
  };
  constructor() {
    Wire.last = this;
  }
  answer(status: number, value: unknown) {
    Object.assign(this, { status, responseText: JSON.stringify(value) });
    this.onload();
    this.onloadend();
  }
}

describe("the import", () => {
  const open = async () => {
    const view = renderApp("/models", { "GET /api/models": [] });
    vi.stubGlobal("XMLHttpRequest", Wire);
    await userEvent.click(await screen.findByRole("button", { name: "Import a checkpoint" }));
    return view;
  };
  const files = [
    new File(["{}"], "config.json"),
    new File(["# Read me"], "README.md"),
    new File(["weights"], "model.safetensors"),
  ];

  it("sends all files, shows how far it is, and then the licence", async () => {
    await open();
    await userEvent.upload(
      await screen.findByLabelText("Checkpoint files", { selector: "input" }),
      files,
    );
    expect(screen.getByRole("list", { name: "Files to import" })).toHaveTextContent("config.json");
    expect(screen.getByText("Left out, no part of a model: README.md")).toBeInTheDocument();
    await userEvent.type(screen.getByLabelText("Name"), "mine");
    await userEvent.click(screen.getByRole("button", { name: "Import 2 files" }));
    await waitFor(() => expect(Wire.last.path).toBe("/api/models/import?name=mine"));
    const sent = [...(Wire.last.form?.values() ?? [])].map((file) => (file as File).name);
    expect(sent).toEqual(["config.json", "model.safetensors"]);
    act(() => Wire.last.upload.onprogress?.({ loaded: 2_000_000, total: 8_000_000 }));
    expect(await screen.findByText("2.0 MB of 8.0 MB sent (25 %)")).toBeInTheDocument();
    Wire.last.answer(201, foundation);
    expect(
      await screen.findByRole("heading", { name: "Licence of the weights: Model licence" }),
    ).toBeInTheDocument();
    expect(screen.getByText("Research only, non-commercial.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Open scFoundation" })).toHaveAttribute(
      "href",
      `/models/${foundation.digest}`,
    );
  });

  it("shows the whole of a refusal and keeps the files", async () => {
    await open();
    await userEvent.upload(
      await screen.findByLabelText("Checkpoint files", { selector: "input" }),
      files,
    );
    await userEvent.type(screen.getByLabelText("Name"), "mine");
    await userEvent.click(screen.getByRole("button", { name: "Import 2 files" }));
    Wire.last.answer(422, {
      code: "bad_checkpoint",
      title: "The checkpoint cannot be read",
      status: 422,
      detail: "missing: encoder.layer.0.attention.self.query.weight",
    });
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The checkpoint cannot be read");
    expect(alert).toHaveTextContent("missing: encoder.layer.0.attention.self.query.weight");
    expect(screen.getByRole("button", { name: "Import 2 files" })).toBeEnabled();
  });

  it("says what is missing instead of sending", async () => {
    await open();
    await userEvent.upload(
      await screen.findByLabelText("Checkpoint files", { selector: "input" }),
      files[0] as File,
    );
    await userEvent.click(screen.getByRole("button", { name: "Import 1 file" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("None of these files holds weights");
  });
});
