import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderApp } from "../../test/app";
import { CAMPAIGN, roundSummary, UPLOAD, upload } from "../../test/fixtures";
import { report } from "../../test/pooled-fixtures";

const PATH = `/c/${CAMPAIGN}/upload?upload=${UPLOAD}`;

const shown = (change: Parameters<typeof report>[0] = {}) => {
  const plain = upload();
  return upload({
    report: { ...plain.report, plates: [], preview: [], rows: 25, pooled: report(change) },
  });
};

const answers = (first: ReturnType<typeof shown>) => ({
  [`GET /api/campaigns/${CAMPAIGN}/uploads`]: [],
  [`GET /api/campaigns/${CAMPAIGN}/rounds`]: [roundSummary({ kind: "pooled", state: "approved" })],
  [`GET /api/uploads/${UPLOAD}`]: first,
});

test("a table shows its hits by FDR, its rule, and its control rows apart", async () => {
  renderApp(PATH, answers(shown()));
  expect(await screen.findByText("1 hit among 2 genes")).toBeVisible();
  expect(screen.getByText(/stim\|fdr below 0.05/)).toBeVisible();
  const genes = screen.getByRole("table", { name: "Genes, strongest first" });
  expect(within(genes).queryByText("NonTargeting")).toBeNull();
  const controls = screen.getByRole("table", { name: "Control rows" });
  expect(controls).toHaveTextContent("NonTargeting");
  expect(controls).toHaveTextContent("false positive");
  expect(screen.getByRole("button", { name: "Accept" })).toBeEnabled();
});

test("with several conditions and none chosen, Accept waits and says why", async () => {
  const reading = { round_id: null, condition: null, fdr: "fdr", max_fdr: 0.05 } as const;
  renderApp(PATH, answers(shown({ rule: null, genes: [], controls: [], scale: null, reading })));
  const accept = await screen.findByRole("button", { name: "Accept" });
  expect(accept).toBeDisabled();
  expect(accept).toHaveAccessibleDescription(/Choose a condition/);
});

test("another condition and the other FDR are asked of the server, which answers with new calls", async () => {
  const { requests } = renderApp(PATH, {
    ...answers(shown()),
    [`PUT /api/uploads/${UPLOAD}/reading`]: shown({ rule: "MAGeCK MLE: stim|wald-fdr below 0.05" }),
  });
  await userEvent.click(await screen.findByRole("radio", { name: /wald-fdr/ }));
  expect(await screen.findByText(/stim\|wald-fdr below 0.05/)).toBeVisible();
  const sent = requests.find((request) => request.method === "PUT");
  expect(await sent?.json()).toMatchObject({ condition: "stim", fdr: "wald-fdr" });
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Condition" }), "rest");
  const second = requests.filter((request) => request.method === "PUT").at(-1);
  expect(await second?.json()).toMatchObject({ condition: "rest" });
});
