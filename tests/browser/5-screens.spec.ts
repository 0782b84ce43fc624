import type { Page } from "@playwright/test";
import { download, expect, findNothingWrong, fits, goTo, openLoop, picture, test } from "./bench";

const GENES = "GATA3, STAT5B, FOXP1, MYB, KLF2, MED12, IL2RA, CD3E, EGR1, JUN, FOS, NOSUCHGENE";

/** Fills the form for a small screen; its cost must be shown before it is run. */
async function order(page: Page, name: string, layer: string): Promise<void> {
  await page.getByRole("link", { name: "New screen" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "New screen" })).toBeVisible();
  const models = page.getByRole("region", { name: "Models" });
  for (const box of await models.getByRole("checkbox").all()) await box.uncheck();
  await models.getByRole("checkbox", { name: /^small · / }).check();
  await page.getByLabel("States are in").selectOption("source");
  await page.getByLabel("Perturb the cells").selectOption("Tumor");
  await page.getByLabel("Move them towards").selectOption("NAT");
  await page.getByLabel("Genes of a list, one by one").check();
  await page.getByLabel("Genes", { exact: true }).fill(GENES);
  await page.getByRole("checkbox", { name: "Over-expression" }).check();
  await page.getByLabel("Donors or samples are in").selectOption("patient");
  await page.getByLabel("Cells at most").fill("24");
  await page.getByLabel("Fewest cells to test").fill("2");
  await page.getByText("More settings").click();
  await page.getByLabel("Read", { exact: true }).selectOption(layer);
  await page.getByLabel("Name").fill(name);
  const cost = page.getByRole("region", { name: "What it will cost" });
  await expect(cost).toContainText(/24 cells × 11 targets/);
  await expect(cost).toContainText(/forward passes, about .* of memory/);
  await expect(cost).toContainText("1 gene not known to the model and left out: NOSUCHGENE");
}

test("a screen is ordered with its cost in sight, read, judged and compared", async ({ page }) => {
  await openLoop(page);
  await goTo(page, "Screens");

  await test.step("an order that makes no sense is refused in words while it is typed", async () => {
    await page.getByRole("link", { name: "New screen" }).click();
    await page.getByRole("checkbox", { name: "Knock-out" }).uncheck();
    await expect(page.getByText("Choose what is done to the genes.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Run the screen" })).toBeDisabled();
    await page.getByRole("link", { name: "← All screens" }).click();
  });

  await test.step("its cost is shown before it starts", async () => {
    await order(page, "tumour to normal", "0");
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `screen-new-${colorScheme}`);
    }
    await page.getByRole("button", { name: "Run the screen" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "tumour to normal" })).toBeVisible();
  });

  await test.step("its report ranks, says who agrees and draws", async () => {
    const rows = page.getByRole("table", { name: "Rows of the screen" });
    await expect(rows.getByRole("button", { name: "GATA3" })).toBeVisible();
    await expect(page.getByRole("img", { name: /^Volcano plot of \d+ targets/ })).toBeVisible();
    await expect(page.getByRole("img", { name: /cells in a UMAP/ })).toBeVisible();
    await page.getByRole("combobox", { name: "Perturbation" }).selectOption("over_expression");
    await expect(page).toHaveURL(/kind=over_expression/);
    await page.getByRole("combobox", { name: "Perturbation" }).selectOption("knock_out");
    await page.getByRole("searchbox", { name: "Search" }).fill("gata");
    await expect(rows.getByRole("row")).toHaveCount(2);
    await page.getByRole("searchbox", { name: "Search" }).fill("");
  });

  await test.step("a gene is shown by donor, and the address keeps it", async () => {
    const rows = page.getByRole("table", { name: "Rows of the screen" });
    await rows.getByRole("button", { name: "GATA3" }).click();
    const panel = page.getByRole("dialog", { name: "GATA3, knock-out" });
    await expect(panel.getByRole("table", { name: "Effect by donor" })).toBeVisible();
    await picture(page, "screen-gene");
    await page.reload();
    await expect(panel.getByRole("table", { name: "Effects" })).toBeVisible();
    await panel.getByRole("button", { name: "Close" }).click();
  });

  await test.step("known genes judge it beside the baselines", async () => {
    await page.getByLabel("Genes known to matter").fill("GATA3, MYB, STAT5B");
    await page.getByRole("button", { name: "Evaluate" }).click();
    const table = page.getByRole("table", { name: "Rankings against positives" });
    for (const ranking of ["screen", "random", "mean expression"])
      await expect(table.getByRole("cell", { name: `${ranking} knock-out` })).toBeVisible();
  });

  await test.step("rows and values come as files", async () => {
    const rows = (await download(page, "These rows, CSV")).toString();
    expect(rows).toContain("rank,symbol,ensembl_id,perturbation,significant");
    const values = (await download(page, "Every cell, CSV")).toString();
    expect(values.split("\n")[0]).toContain("target,perturbation,cell,donor");
    const parquet = await download(page, "Every cell, Parquet");
    expect(parquet.subarray(0, 4).toString()).toBe("PAR1");
  });

  await test.step("it reads well in both colours and on a small screen", async () => {
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `screen-${colorScheme}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await findNothingWrong(page, "screen-small");
    await fits(page);
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  await test.step("another one stands beside it", async () => {
    await page.getByRole("link", { name: "← All screens" }).click();
    await order(page, "one layer below", "-1");
    await page.getByRole("button", { name: "Run the screen" }).click();
    const agreement = page.getByRole("table", { name: "Agreement with other screens" });
    await expect(agreement.getByRole("link", { name: "small" })).toBeVisible();
    await page.getByRole("link", { name: "← All screens" }).click();
    await page.getByLabel("Compare tumour to normal, small").check();
    await page.getByLabel("Compare one layer below, small").check();
    await findNothingWrong(page, "screens");
    await page.getByRole("link", { name: "Compare 2 screens" }).click();
    const consensus = page.getByRole("table", { name: "Consensus of the screens" });
    await expect(consensus.getByText("GATA3")).toBeVisible();
    await page.getByLabel("Transcription factors").check();
    await expect(consensus.getByText("CD3E")).toHaveCount(0);
    await expect(page.getByRole("img", { name: /effect in tumour to normal \(small\) against one layer below/ })).toBeVisible();
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `screens-compared-${colorScheme}`);
    }
  });
});

test("a target of the ranking is put into the next round", async ({ page }) => {
  await openLoop(page);
  await goTo(page, "Targets");
  const table = page.getByRole("table", { name: "Ranked targets" });
  const box = table.getByRole("checkbox", { disabled: false }).first();
  const label = await box.getAttribute("aria-label");
  const gene = label?.split(" ")[1] ?? "";
  await box.check();
  await picture(page, "targets-chosen");
  await page.getByRole("link", { name: "Add 1 gene to a round" }).click();
  await expect(page.getByLabel("Locked genes")).toHaveValue(gene);
});
