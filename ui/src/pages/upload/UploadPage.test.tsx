import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Upload } from "../../api/types";
import { type Answers, Refusal, renderApp } from "../../test/app";
import { CAMPAIGN, PLATE, plate, ROUND, UPLOAD, upload } from "../../test/fixtures";

const PATH = `/c/${CAMPAIGN}/upload`;
const file = new File(["plate;well;value\n"], "round1.csv", { type: "text/csv" });

const answers = (change: Answers = {}): Answers => ({
  [`GET /api/campaigns/${CAMPAIGN}/uploads`]: [],
  [`POST /api/campaigns/${CAMPAIGN}/uploads`]: upload(),
  [`GET /api/uploads/${UPLOAD}`]: upload(),
  [`POST /api/uploads/${UPLOAD}/accept`]: {
    upload_id: UPLOAD,
    measurements: 94,
    genes: 24,
    hits: 5,
    already_accepted: false,
    job_id: 13,
  },
  "GET /api/plates": plate(),
  [`GET /api/plates/${PLATE}`]: plate(),
  ...change,
});

const both = (known: Upload): Answers => ({
  [`POST /api/campaigns/${CAMPAIGN}/uploads`]: known,
  [`GET /api/uploads/${UPLOAD}`]: { ...known, duplicate: false },
});

const choose = async () =>
  userEvent.upload(await screen.findByLabelText("Results file", { selector: "input" }), file);

describe("the upload page", () => {
  it("sends the bytes unchanged, shows what was recognised, and links to round and job once accepted", async () => {
    const { requests, router } = renderApp(PATH, answers());
    await choose();
    expect(await screen.findByText(/semicolon between columns, decimal comma/)).toBeInTheDocument();
    expect(screen.getByText("2: A01, H12")).toBeInTheDocument();
    const sent = requests.find((r) => r.method === "POST");
    expect(new URL(sent?.url ?? "").searchParams.get("file_name")).toBe("round1.csv");
    expect(sent?.headers.get("content-type")).toBe("application/octet-stream");
    expect(router.state.location.search).toEqual({ upload: UPLOAD });

    await userEvent.click(screen.getByRole("button", { name: "Accept" }));
    expect(
      await screen.findByRole("heading", { name: "5 hits among 24 genes" }),
    ).toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "See round 1" })).toHaveAttribute(
      "href",
      `/c/${CAMPAIGN}/rounds/${ROUND}`,
    );
    expect(screen.getByRole("link", { name: "Watch job 13" })).toBeInTheDocument();
  });

  it("lists errors with their rows and keeps Accept disabled, with the reason", async () => {
    const bad = upload({ state: "rejected" });
    bad.report.errors = [
      { code: "duplicate_well", row: 14, column: "B07", message: "Well B07 appears twice." },
    ];
    renderApp(PATH, answers(both(bad)));
    await choose();
    expect(await screen.findByText("Well B07 appears twice.")).toBeInTheDocument();
    expect(screen.getByRole("cell", { name: "14" })).toBeInTheDocument();
    const accept = screen.getByRole("button", { name: "Accept" });
    expect(accept).toBeDisabled();
    expect(accept).toHaveAccessibleDescription(/1 error/);
  });

  it("says when the same file was imported before", async () => {
    const known = upload({
      duplicate: true,
      state: "accepted",
      accepted_at: "2026-11-24T22:30:00Z",
    });
    renderApp(PATH, answers(both(known)));
    await choose();
    expect(
      await screen.findByText(/Nothing was changed and no second copy was made/),
    ).toBeInTheDocument();
    expect(screen.getAllByText(/^Already imported on 24 Nov 2026/)).not.toHaveLength(0);
  });

  it("shows the server's words when a file is refused", async () => {
    const refusal = new Refusal({
      code: "empty_file",
      title: "The file is empty",
      status: 400,
      detail: "Export it again.",
    });
    renderApp(PATH, answers({ [`POST /api/campaigns/${CAMPAIGN}/uploads`]: refusal }));
    await choose();
    expect(await screen.findByRole("alert")).toHaveTextContent("The file is empty");
    expect(screen.getByText(/round1.csv was not taken/)).toBeInTheDocument();
  });
});
