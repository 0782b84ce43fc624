import type { Page } from "@playwright/test";
import { expect, findNothingWrong, fits, goTo, openLoop, picture, test } from "./bench";
import { cutWeights, type PlainFile, tinyGeneformer } from "./checkpoint";

async function choose(page: Page, files: PlainFile[]): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose files" }).click(),
  ]);
  await chooser.setFiles(files);
}

// The browser reports a refused import and a preview that nobody has computed yet.
test.use({ refusals: ["/api/models/import", "/embedding"] });

test("a checkpoint is imported, verified, looked at with real cells, and removed", async ({
  page,
}) => {
  const files = tinyGeneformer();
  await openLoop(page);
  await goTo(page, "Models");
  const table = page.getByRole("table", { name: "Models" });
  const dialog = page.getByRole("dialog", { name: "Import a checkpoint" });

  await test.step("a cut file is refused with the reason, and nothing is stored", async () => {
    await expect(table.getByRole("link", { name: "small", exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Import a checkpoint" }).click();
    await choose(page, cutWeights(files));
    await dialog.getByRole("textbox", { name: "Name" }).fill("tiny");
    await dialog.getByRole("button", { name: /^Import \d files?$/ }).click();
    await expect(dialog.getByRole("alert")).toBeVisible();
    await picture(page, "models-refused");
    const imported = page.getByRole("link", { name: "tiny", includeHidden: true });
    await expect(imported).toHaveCount(0);
  });

  await test.step("the whole checkpoint comes in and its licence is shown", async () => {
    await choose(page, files);
    await dialog.getByRole("button", { name: /^Import \d files?$/ }).click();
    await expect(dialog.getByRole("heading", { name: /^Licence of the weights: / })).toBeVisible();
    await picture(page, "models-imported");
    await dialog.getByRole("link", { name: "Open tiny" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "tiny" })).toBeVisible();
  });

  await test.step("its page shows what it is", async () => {
    const facts = page.getByRole("region", { name: "Facts" });
    await expect(facts).toContainText("Geneformer");
    await expect(facts).toContainText("model.safetensors");
    await expect(facts).toContainText(/\d human genes/);
    await expect(page.getByRole("region", { name: /^Licence of the weights: / })).toBeVisible();
  });

  await test.step("it is verified on this server", async () => {
    const parity = page.getByRole("region", { name: "Parity on this server" });
    await expect(parity).toContainText("Not verified");
    await parity.getByRole("button", { name: "Verify tiny" }).click();
    await expect(parity).toContainText("✓ within 2e-5");
    await expect(parity).toContainText("A cell alone gives exactly what it gives among others.");
  });

  await test.step("its coverage of the cells is said", async () => {
    const bars = page.getByRole("list", { name: "What the model sees of these cells" });
    await expect(bars).toContainText(/[\d,]+ of the [\d,]+ measured genes/);
    await page.getByText("Genes the model cannot see").click();
    const unknown = page.getByRole("table", { name: "Unknown genes with most counts" });
    await expect(unknown.getByRole("row")).not.toHaveCount(0);
  });

  await test.step("its cells are drawn and coloured by a column of obs", async () => {
    await page.getByRole("combobox", { name: "Colour by" }).selectOption("source");
    await page.getByRole("button", { name: "Draw the cells" }).click();
    const drawn = page.getByRole("img", { name: /cells on two principal components, coloured by source/ });
    await expect(drawn).toBeVisible();
    const groups = page.getByRole("list", { name: "source: groups" });
    await groups.getByRole("button", { name: /Tumor/ }).click();
    await expect(groups.getByRole("button", { name: /Tumor/ })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await picture(page, "model-chosen-group");
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Cells and places, CSV" }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString().trim().split("\r\n");
    expect(lines[0]).toBe("cell,pc1,pc2,source");
    await page.getByRole("button", { name: "Show as table" }).click();
    const centres = page.getByRole("table", { name: "Centres of the groups" });
    const cells = await centres.getByRole("cell").allTextContents();
    const sizes = cells.filter((_, i) => i % 5 === 1).map(Number);
    expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(lines.length - 1);
    expect(lines.length).toBeGreaterThan(150);
    await page.getByRole("button", { name: "Show as figure" }).click();
  });

  await test.step("the address gives the same view, in both colours and on a small screen", async () => {
    await page.reload();
    await expect(page.getByRole("list", { name: "source: groups" })).toBeVisible();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `model-${colorScheme}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await findNothingWrong(page, "model-small");
    await fits(page);
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  await test.step("the list shows it beside the others", async () => {
    await page.getByRole("link", { name: "← All models" }).click();
    await expect(table.getByRole("row", { name: /tiny/ })).toContainText("within 2e-5");
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await findNothingWrong(page, `models-${colorScheme}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await findNothingWrong(page, "models-small");
    await fits(page);
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  await test.step("the campaign's own model cannot be removed, and it is said why", async () => {
    await table.getByRole("link", { name: "small", exact: true }).click();
    await page.getByRole("button", { name: "Remove …" }).click();
    const asked = page.getByRole("dialog", { name: "Remove small?" });
    await expect(asked).toContainText("screen");
    await expect(asked.getByRole("button", { name: "Remove", exact: true })).toHaveCount(0);
    await asked.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("link", { name: "← All models" }).click();
  });

  await test.step("the imported one can", async () => {
    await table.getByRole("link", { name: "tiny" }).click();
    await page.getByRole("button", { name: "Remove …" }).click();
    const asked = page.getByRole("dialog", { name: "Remove tiny?" });
    await asked.getByRole("button", { name: "Remove", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Models" })).toBeVisible();
    await expect(table.getByRole("link", { name: "tiny" })).toHaveCount(0);
  });
});
