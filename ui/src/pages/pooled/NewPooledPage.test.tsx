import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Refusal, renderApp } from "../../test/app";
import { CAMPAIGN } from "../../test/fixtures";
import { estimate, overview } from "../../test/pooled-fixtures";

const PATH = `/c/${CAMPAIGN}/rounds/new-pooled`;
const GUIDES = `/api/campaigns/${CAMPAIGN}/guides`;
const ESTIMATE = `POST /api/campaigns/${CAMPAIGN}/pooled/estimate`;

test("cells, reads and refused guides are in sight before anything is planned", async () => {
  const { requests } = renderApp(PATH, {
    [`GET ${GUIDES}`]: overview(),
    [ESTIMATE]: estimate(),
    [`POST /api/campaigns/${CAMPAIGN}/pooled`]: { job_id: 7 },
  });
  expect(await screen.findByText("1.66 million cells to infect")).toBeVisible();
  expect(screen.getByText("774,000 reads")).toBeVisible();
  expect(screen.getByText(/210 open candidates have 4 usable guides; 2 have fewer/)).toBeVisible();
  const refused = screen.getByRole("table", { name: "Refused guides" });
  expect(refused).toHaveTextContent("GATA3_3");
  expect(refused).toHaveTextContent("a BsmBI site (CGTCTC) inside");
  await userEvent.type(screen.getByRole("textbox", { name: "Genes that must be in" }), "MYB");
  await userEvent.click(screen.getByRole("button", { name: "Plan the pooled round" }));
  const sent = requests.find((r) => r.method === "POST" && r.url.endsWith("/pooled"));
  expect(await sent?.json()).toMatchObject({ settings: { genes: 200 }, force: ["MYB"] });
});

test("what holds the round back is said beside the button", async () => {
  const message = "No round fits: no guide library is uploaded; upload one first";
  renderApp(PATH, {
    [`GET ${GUIDES}`]: overview({ guides: 0, libraries: [], refused: [] }),
    [ESTIMATE]: estimate({ obstacles: [{ code: "no_round_fits", message }] }),
  });
  const button = await screen.findByRole("button", { name: "Plan the pooled round" });
  expect(await screen.findAllByText(message)).toHaveLength(2);
  expect(button).toBeDisabled();
  expect(button).toHaveAccessibleDescription(message);
  expect(screen.getByText(/nextwell designs no guides/)).toBeVisible();
});

test("a library with errors is refused with every row and nothing is kept", async () => {
  renderApp(PATH, {
    [`GET ${GUIDES}`]: overview(),
    [ESTIMATE]: estimate(),
    [`POST ${GUIDES}`]: new Refusal({
      code: "bad_library",
      title: "The content cannot be used",
      status: 422,
      detail: "nothing was saved; mend the rows below and upload the file again",
      issues: [{ code: "bad_sequence", row: 5, column: "protospacer", message: "guide G5 has U" }],
    }),
  });
  await screen.findByText("1.66 million cells to infect");
  const input = document.querySelector<HTMLInputElement>("input[type=file]");
  if (!input) throw new Error("no file input");
  await userEvent.upload(input, new File(["x"], "library.csv", { type: "text/csv" }));
  expect(await screen.findByText(/nothing was saved/)).toBeVisible();
  expect(screen.getByRole("table", { name: "Places in the input" })).toHaveTextContent("guide G5");
});
