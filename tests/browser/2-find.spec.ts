import { download, expect, goTo, openLoop, picture, test } from "./bench";

test("a search for GATA3 is in the address, which gives the same view to anybody", async ({
  page,
  context,
}) => {
  await openLoop(page);
  await goTo(page, "Targets");
  await page.getByRole("searchbox", { name: "Search" }).fill("GATA3");
  await expect(page.getByRole("status").filter({ hasText: "1 gene for “GATA3”" })).toBeVisible();
  const table = page.getByRole("table", { name: "Ranked targets" });
  await expect(table.getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: "GATA3" }).click();
  const facts = page.getByRole("dialog", { name: "GATA3" });
  await expect(facts.getByText("Probability of a hit")).toBeVisible();
  await picture(page, "target-drawer");

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("dialog", { name: "GATA3" })).toBeVisible();
  await other.getByRole("button", { name: "Close" }).click();
  await expect(other.getByRole("searchbox", { name: "Search" })).toHaveValue("GATA3");
  await expect(other.getByRole("table", { name: "Ranked targets" }).getByRole("row")).toHaveCount(2);
});

test("targets are sorted by a click, shown with their interval, and downloaded as the API serves them", async ({
  page,
  request,
}) => {
  const campaign = await openLoop(page);
  await goTo(page, "Targets");
  const table = page.getByRole("table", { name: "Ranked targets" });
  await table.getByRole("button", { name: "Knock-out shift" }).click();
  await expect(table.getByRole("columnheader", { name: "Knock-out shift" })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
  expect(page.url()).toContain("sort=-knock_out_shift");
  const intervals = table.getByRole("img", { name: /knock-out shift .*, 95 % interval/ });
  await expect(intervals.first()).toBeVisible();
  await picture(page, "targets");
  const csv = await request.get(`/api/campaigns/${campaign}/targets.csv`);
  expect(await download(page, "All targets, CSV")).toEqual(await csv.body());
});

test.describe("a plate that does not exist", () => {
  test.use({ refusals: ["/api/plates?barcode=NOSUCHPLATE"] });

  test("is said to be unknown when its barcode is typed", async ({ page }) => {
    await openLoop(page);
    const find = page.getByRole("textbox", { name: "Find a plate by its barcode" });
    await find.fill("NOSUCHPLATE");
    await find.press("Enter");
    await expect(page.getByRole("alert")).toContainText("NOSUCHPLATE");
  });
});
