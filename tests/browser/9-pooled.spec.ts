import { readFileSync } from "node:fs";
import type { APIRequestContext, Page } from "@playwright/test";
import { download, expect, findNothingWrong, fits, picture, test } from "./bench";
import { candidates, NEGATIVE, POSITIVE } from "./lab";

const TABLE = readFileSync(
  new URL("../data/pooled/mageck_mle.gene_summary.txt", import.meta.url),
  "utf8",
);
const MEASURED = TABLE.trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t")[0] ?? "");
const NAME = "IL2RA regulators, pooled";

/** How many of these genes a column of the table calls hits. */
function hits(genes: readonly string[], column: string): number {
  const [header = [], ...rows] = TABLE.trim()
    .split("\n")
    .map((line) => line.split("\t"));
  const at = header.indexOf(column);
  return rows.filter((row) => genes.includes(row[0] ?? "") && Number(row[at]) < 0.05).length;
}

/** The `n`th protospacer of A and C alone: no site, no terminator, all different. */
function protospacer(n: number): string {
  const pairs = ["AC", "CA", "AA", "CC"];
  const digits = Array.from({ length: 6 }, (_, place) => pairs[(n >> (2 * place)) & 3]);
  return `${digits.join("")}ACACCACA`;
}

/** Four guides a gene, 60 controls, and one guide that BsmBI would cut. */
function library(genes: readonly string[]): string {
  const guides = genes.flatMap((gene, at) =>
    [0, 1, 2, 3].map(
      (guide) => `${gene}_${guide},${gene},${protospacer(4 * at + guide)},AGG,+,0.${4 + guide}`,
    ),
  );
  const controls = Array.from(
    { length: 60 },
    (_, n) => `NTC_${n},non-targeting,${protospacer(4 * genes.length + n)},,,`,
  );
  const cut = "GATA3_cut,GATA3,ACACACGTCTCACACACACA,AGG,+,0.99";
  return ["guide_id,symbol,protospacer,pam,strand,score", ...guides, cut, ...controls, ""].join(
    "\n",
  );
}

/** The table with a second condition and eight control rows. */
function table(): string {
  const [header = "", ...rows] = TABLE.trim().split("\n");
  const second = header
    .split("\t")
    .slice(2)
    .map((name) => name.replace("stim|", "rest|"));
  const numbers = (at: number) => `${(at - 12) / 100}\t0.2\t0.8\t0.9\t0.8\t0.9`;
  const controls = Array.from({ length: 8 }, (_, at) => {
    const beta = (at - 3.5) / 10;
    const values = `${beta}\t${beta}\t0.6\t0.9\t0.6\t0.9`;
    return `NTC_${at}\t4\t${values}\t${values}`;
  });
  const lines = rows.map((row, at) => `${row}\t${numbers(at)}`);
  return [`${header}\t${second.join("\t")}`, ...lines, ...controls, ""].join("\n");
}

const choose = async (page: Page, button: string, name: string, text: string) => {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: button }).click(),
  ]);
  await chooser.setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
};

/** A campaign of its own, on the cells and the model of the others, with room for 200 genes. */
async function begin(
  request: APIRequestContext,
): Promise<{ id: string; genes: string[]; wanted: string[] }> {
  const [dataset] = await (await request.get("/api/datasets")).json();
  const models: { name: string; digest: string }[] = await (
    await request.get("/api/models")
  ).json();
  const genes = [...new Set([...MEASURED, ...candidates(320)])];
  const answer = await request.post("/api/campaigns", {
    data: {
      name: NAME,
      dataset_digest: dataset.digest,
      model_digest: models.find((model) => model.name === "small")?.digest,
      readout: "IL2RA protein after CRISPR knock-out, sorted high against low",
      readout_gene: POSITIVE,
      keywords: ["interleukin-2", "t cell"],
      candidates: genes,
      non_targeting: NEGATIVE,
      positive: [POSITIVE],
      screen: {
        state_column: "source",
        start_value: "Tumor",
        goal_value: "NAT",
        donor_column: "patient",
        max_cells: 2,
        emb_layer: 0,
      },
      // The loop's own first round stays open; its gene is not picked again.
      batch: 1,
      max_rounds: 5,
      ask_me_first: true,
      seed: 1,
    },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  const { id } = await answer.json();
  await expect
    .poll(
      async () => {
        const loop = await (await request.get(`/api/campaigns/${id}/loop`)).json();
        return loop.jobs.length === 0 && loop.next.action;
      },
      { timeout: 180_000 },
    )
    .toBe("approve");
  const [first] = await (await request.get(`/api/campaigns/${id}/rounds`)).json();
  const round: { picks: { symbol: string }[] } = await (
    await request.get(`/api/rounds/${first.id}`)
  ).json();
  const pending = round.picks.map((pick) => pick.symbol);
  return { id, genes, wanted: MEASURED.filter((gene) => !pending.includes(gene)) };
}

/** The pooled round of a campaign, once it is planned. */
async function pooledRound(request: APIRequestContext, campaign: string): Promise<string> {
  let found: { id: string; kind: string } | undefined;
  await expect
    .poll(
      async () => {
        const rounds = await (await request.get(`/api/campaigns/${campaign}/rounds`)).json();
        found = rounds.find((round: { kind: string }) => round.kind === "pooled");
        return found?.kind;
      },
      { timeout: 120_000 },
    )
    .toBe("pooled");
  return found?.id ?? "";
}

test("a computational biologist plans a pooled round, orders its guides, and reads its MAGeCK table", async ({
  page,
  request,
}) => {
  test.setTimeout(420_000);
  const { id: campaign, genes, wanted } = await begin(request);
  const found = (column: string) => `${hits(wanted, column)} hits among ${wanted.length} genes`;

  await test.step("a new pooled round shows cells and reads while it is filled in", async () => {
    await page.goto(`/c/${campaign}/rounds`);
    await page.getByRole("link", { name: "New pooled round" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "New pooled round" })).toBeVisible();
    await expect(page.getByText("1.66 million cells to infect")).toBeVisible();
    await expect(page.getByText("774,000 reads", { exact: true })).toBeVisible();
    const plan = page.getByRole("button", { name: "Plan the pooled round" });
    await expect(plan).toBeDisabled();
    await expect(plan).toHaveAccessibleDescription(/no guide library is uploaded/);
    await page.getByRole("textbox", { name: "MOI" }).fill("0.6");
    await expect(page.getByText(/carry two guides or more/)).toBeVisible();
    await page.getByRole("textbox", { name: "MOI" }).fill("0.3");
  });

  await test.step("a guide library is uploaded and a guide with a BsmBI site is refused by name", async () => {
    await choose(page, "Upload a guide library", "library.csv", library(genes));
    const refused = page.getByRole("table", { name: "Refused guides" });
    await expect(refused.getByRole("row")).toHaveCount(2);
    await expect(refused).toContainText("GATA3_cut");
    await expect(refused).toContainText("a BsmBI site (CGTCTC) inside");
    await choose(page, "Upload a guide library", "again.csv", library(genes));
    await expect(page.getByText(/library.csv is here already/)).toBeVisible();
    await page.getByRole("textbox", { name: "Cost per guide" }).fill("0.5");
    await expect(page.getByText("Costs 430", { exact: true })).toBeVisible();
    await page.getByRole("textbox", { name: "Genes that must be in" }).fill(wanted.join(", "));
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `pooled-new-${colorScheme}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
    await picture(page, "pooled-new-narrow");
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  let round = "";
  await test.step("the round is planned and its order sheet downloads as the API serves it", async () => {
    await page.getByRole("button", { name: "Plan the pooled round" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Jobs" })).toBeVisible();
    round = await pooledRound(request, campaign);
    await page.goto(`/c/${campaign}/rounds/${round}`);
    await expect(
      page.getByRole("table", { name: "Genes with their guides" }).getByRole("row"),
    ).toHaveCount(201);
    const sheet = (await download(page, "Order sheet, CSV")).toString("utf8");
    expect(sheet).toBe(await (await request.get(`/api/rounds/${round}/order-sheet.csv`)).text());
    const rows = sheet.trim().split("\n").slice(1);
    expect(rows).toHaveLength(860);
    expect(sheet).not.toContain("GATA3_cut");
    expect(new Set(rows.map((row) => row.split(",").pop()?.length)).size).toBe(1);
    await page.getByRole("button", { name: /^Approve round/ }).click();
    await expect(page.getByRole("link", { name: "Upload results" })).toBeVisible();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `pooled-round-${colorScheme}`);
    }
  });

  await test.step("the MAGeCK table is read under a condition, with its control rows set apart", async () => {
    await page.getByRole("main").getByRole("link", { name: "Upload results" }).click();
    await choose(page, "Choose a file", "mageck_mle.gene_summary.txt", table());
    await expect(page.getByText(/MAGeCK MLE, 2 conditions: stim, rest/)).toBeVisible();
    const accept = page.getByRole("button", { name: "Accept" });
    await expect(accept).toBeDisabled();
    await expect(accept).toHaveAccessibleDescription(/Choose a condition/);
    await page.getByRole("combobox", { name: "Condition" }).selectOption("stim");
    await expect(page.getByText(found("stim|fdr"))).toBeVisible();
    await page.getByRole("radio", { name: /wald-fdr/ }).check();
    await expect(page.getByText(found("stim|wald-fdr"))).toBeVisible();
    await page.getByRole("radio", { name: "fdr, from permutation" }).check();
    await expect(page.getByText(found("stim|fdr"))).toBeVisible();
    const controls = page.getByRole("table", { name: "Control rows" });
    await expect(controls.getByRole("row")).toHaveCount(9);
    await expect(page.getByText("8 control rows, none called a hit.")).toBeVisible();
    await expect(page.getByRole("table", { name: "Genes, strongest first" })).not.toContainText(
      "NTC",
    );
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `pooled-table-${colorScheme}`);
    }
    await accept.click();
    await expect(page.getByRole("heading", { name: found("stim|fdr") })).toBeVisible();
  });

  await test.step("the round shows its hits and the rule that called them", async () => {
    await page.getByRole("link", { name: /^See round/ }).click();
    await expect(page.getByText(/MAGeCK MLE: stim\|fdr below 0.05/)).toBeVisible();
    await expect(page.getByRole("table", { name: "Control rows" })).toBeVisible();
    await findNothingWrong(page, "pooled-results");
    await page.goto(`/c/${campaign}/rounds`);
    const item = page.getByRole("listitem").filter({ hasText: "pooled" });
    await expect(item).toContainText("200 genes");
    await picture(page, "pooled-rounds");
  });
});
