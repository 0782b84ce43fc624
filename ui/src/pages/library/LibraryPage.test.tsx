import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Library } from "../../api/types";
import { type Answers, Refusal, renderApp } from "../../test/app";
import { CAMPAIGN } from "../../test/fixtures";

const PATH = `/c/${CAMPAIGN}/library`;
const GET = `GET /api/campaigns/${CAMPAIGN}/library`;
const POST = `POST /api/campaigns/${CAMPAIGN}/library`;

const uploaded = {
  id: "c0ffee00-0000-4000-8000-000000000009",
  file_name: "library.csv",
  wells: 1,
  duplicate: false,
  created_at: "2026-11-24T22:30:00Z",
};

const library = (change: Partial<Library> = {}): Library => ({
  uploads: [uploaded],
  plates: [{ barcode: "SRC01", format: 384, wells: 1, dead_volume_ul: 15 }],
  total: 1,
  wells: [
    {
      plate_barcode: "SRC01",
      well: "A01",
      guide_id: "GATA3_g1",
      symbol: "GATA3",
      volume_ul: 40,
      reserved_ul: 2.5,
      available_ul: 22.5,
      expiry: "2026-01-31",
      state: "expired",
    },
  ],
  n_unavailable: 1,
  unavailable: [{ symbol: "MYB", reason: "no reagent in the library" }],
  ...change,
});

const none = library({
  uploads: [],
  plates: [],
  total: 0,
  wells: [],
  n_unavailable: 0,
  unavailable: [],
});

const choose = async () =>
  userEvent.upload(
    await screen.findByLabelText("Library file", { selector: "input" }),
    new File(["plate_barcode,well\n"], "library.csv", { type: "text/csv" }),
  );

describe("the library page", () => {
  it("shows what is left in each well, and which candidates have no reagent", async () => {
    renderApp(PATH, { [GET]: library() });
    const table = await screen.findByRole("table", { name: "Source wells of the library" });
    for (const text of ["GATA3_g1", "22.5", "2026-01-31", "expired"])
      expect(table).toHaveTextContent(text);
    expect(screen.getByText(/1 candidate cannot be picked/)).toBeInTheDocument();
    expect(screen.getByText("MYB: no reagent in the library")).toBeInTheDocument();
  });

  it("says what a library file is while there is none", async () => {
    renderApp(PATH, { [GET]: none });
    expect(
      await screen.findByRole("heading", { name: "No guide library yet" }),
    ).toBeInTheDocument();
    expect(screen.getByText(/plate_barcode,well,guide_id,symbol/)).toBeInTheDocument();
  });

  it("shows every row of a file that was refused", async () => {
    const refusal = new Refusal({
      code: "bad_library",
      title: "The content cannot be used",
      status: 422,
      detail: "1 error in the library file",
      issues: [
        { code: "not_a_number", row: 7, column: "volume_ul", message: "`much` is no number" },
      ],
    });
    const answers: Answers = { [GET]: none, [POST]: refusal };
    renderApp(PATH, answers);
    await choose();
    const places = await screen.findByRole("table", { name: "Places in the input" });
    expect(places).toHaveTextContent("7");
    expect(places).toHaveTextContent("`much` is no number");
  });

  it("says so when the file is there already", async () => {
    renderApp(PATH, { [GET]: library(), [POST]: { ...uploaded, duplicate: true } });
    await choose();
    expect(await screen.findByText("This file is in the library already")).toBeInTheDocument();
  });
});
