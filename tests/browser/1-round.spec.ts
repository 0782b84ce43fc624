import type { Page } from "@playwright/test";
import { download, expect, goTo, openLoop, picture, test } from "./bench";
import { breakFile, measure, type Plate } from "./lab";

/** Chooses a file and waits for its report, which names it as it was first uploaded. */
const choose = async (page: Page, name: string, text: string, known = name) => {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose a file" }).click(),
  ]);
  await chooser.setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await expect(page.getByRole("region", { name: `Report on ${known}` })).toBeVisible();
};

test("a bench scientist approves, prints, measures and uploads a round, and sees what was learnt", async ({
  page,
  context,
  request,
}) => {
  const campaign = await openLoop(page);
  let plate: Plate = { id: "", barcode: "", wells: [] };

  await test.step("the loop says what to do: approve round 1", async () => {
    await expect(page.getByRole("heading", { name: "A round waits for your approval" })).toBeVisible();
    await expect(page.getByRole("status").filter({ hasText: "live" })).toBeVisible();
    await page.getByRole("link", { name: "See its picks and plate" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Round 1" })).toBeVisible();
    const picks = page.getByRole("table", { name: "Picks, in order of choice" });
    await expect(picks.getByRole("row")).toHaveCount(25);
    await page.getByRole("button", { name: "Approve round 1" }).click();
    await expect(page.getByRole("button", { name: "Approve round 1" })).toBeHidden();
  });

  await test.step("the plate map can be walked with the arrow keys and read aloud", async () => {
    await openLoop(page);
    await expect(page.getByRole("heading", { name: "A round is in the lab" })).toBeVisible();
    await page.getByRole("link", { name: "Open and print the plate" }).click();
    const [ref] = (await roundOf(page)).plates;
    plate = await (await request.get(`/api/plates/${ref?.id}`)).json();
    const first = plate.wells.find((well) => well.content === "candidate");
    const label = `${first?.well}, ${first?.symbol} knock-out, planned`;
    await expect(page.getByRole("gridcell", { name: label })).toBeVisible();
    await page.getByRole("gridcell", { name: /^A01/ }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect(page.getByRole("gridcell", { name: /^B03/ })).toBeFocused();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowUp");
    await expect(page.getByRole("gridcell", { name: /^A01/ })).toBeFocused();
    await picture(page, "round-planned");
  });

  await test.step("the plate map and the picks download as the API serves them", async () => {
    const map = await request.get(`/api/plates/${plate.id}/map.csv`);
    expect(await download(page, "Plate map, CSV")).toEqual(await map.body());
    const round = (await roundOf(page)).id;
    const picks = await request.get(`/api/rounds/${round}/picks.csv`);
    expect(await download(page, "Picks, CSV")).toEqual(await picks.body());
  });

  await test.step("the plate prints on one page, without the page's furniture", async () => {
    await page.emulateMedia({ media: "print", colorScheme: "light" });
    await expect(page.getByRole("heading", { name: `Plate ${plate.barcode}` })).toBeVisible();
    await expect(page.getByText("Done by")).toBeVisible();
    await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
    await expect(page.getByRole("navigation", { name: "Pages" })).toBeHidden();
    await picture(page, "round-printed");
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.emulateMedia({ media: null, colorScheme: null });
  });

  await test.step("the barcode finds the plate", async () => {
    await goTo(page, "Targets");
    const find = page.getByRole("textbox", { name: "Find a plate by its barcode" });
    await find.fill(plate.barcode);
    await find.press("Enter");
    await expect(page.getByRole("heading", { name: `Plate ${plate.barcode}` })).toBeVisible();
  });

  const file = measure(plate);
  await test.step("a broken file is shown with its rows and cannot be accepted", async () => {
    await goTo(page, "Upload results");
    await choose(page, "broken.csv", breakFile(file));
    const errors = page.getByRole("table", { name: "Errors" });
    await expect(errors.getByRole("row").filter({ hasText: "bright" })).toContainText("2");
    await expect(errors.getByRole("row").filter({ hasText: "one value a well" })).toContainText("3");
    const accept = page.getByRole("button", { name: "Accept" });
    await expect(accept).toBeDisabled();
    await expect(accept).toHaveAccessibleDescription(/2 errors/);
    await picture(page, "upload-broken");
  });

  const jobs = await context.newPage();
  await jobs.goto(`/c/${campaign}/jobs`);
  await expect(jobs.getByRole("status").filter({ hasText: "live" })).toBeVisible();
  await expect(jobs.getByRole("row").filter({ hasText: "Learn from results" })).toHaveCount(0);

  await test.step("a good file is previewed, accepted, and called hits", async () => {
    await choose(page, "round1.csv", file);
    const plates = page.getByRole("table", { name: "Plates in the file" });
    await expect(plates.getByRole("columnheader", { name: "Z′" })).toBeVisible();
    await expect(plates.getByRole("row").nth(1)).toContainText(/-?−?\d\.\d\d/);
    const preview = page.getByRole("table", { name: "Preview of the file" });
    await expect(preview.getByRole("row")).toHaveCount(21);
    await picture(page, "upload-checked");
    await page.getByRole("button", { name: "Accept" }).click();
    await expect(page.getByRole("heading", { name: /hits? among 24 genes/ })).toBeVisible();
    await expect(page.getByText(/The round is complete: job \d+ learns from it now/)).toBeVisible();
  });

  await test.step("the jobs page, opened before, shows learning by itself", async () => {
    const learning = jobs.getByRole("row").filter({ hasText: "Learn from results" });
    await expect(learning).toContainText("done");
    await expect(jobs.getByRole("status").filter({ hasText: "live" })).toBeVisible();
    await picture(jobs, "jobs");
    await jobs.close();
  });

  await test.step("the same file again is known", async () => {
    await page.getByRole("button", { name: "Upload another file" }).click();
    await choose(page, "round1-again.csv", file, "round1.csv");
    await expect(page.getByText(/^Already imported on/).first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Accept" })).toBeDisabled();
  });

  await test.step("the loop shows the hits and the next round", async () => {
    await openLoop(page);
    await expect(page.getByRole("heading", { name: "A round waits for your approval" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Approve round 2" })).toBeVisible();
    const rounds = page.getByRole("region", { name: "Rounds" });
    await expect(rounds.getByRole("listitem").filter({ hasText: "Round 1" })).toContainText("learned");
    await page.getByRole("button", { name: "Show as table" }).click();
    const hits = page.getByRole("table", { name: "Hits found against wells used" });
    await expect(hits.getByRole("row")).toHaveCount(3);
    await picture(page, "loop-table");
    await page.getByRole("button", { name: "Show as figure" }).click();
    await picture(page, "loop");
  });

  await test.step("the plate shows what was measured", async () => {
    await page.getByRole("link", { name: "Round 1" }).click();
    await expect(page.getByRole("gridcell", { name: /robust z .*, hit$/ }).first()).toBeVisible();
    await picture(page, "round-measured");
  });

  async function roundOf(at: Page): Promise<{ id: string; plates: { id: string }[] }> {
    const id = new URL(at.url()).pathname.split("/").pop();
    return (await request.get(`/api/rounds/${id}`)).json();
  }
});
