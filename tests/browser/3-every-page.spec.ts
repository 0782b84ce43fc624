import { expect, findNothingWrong, goTo, openLoop, test } from "./bench";

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page is accessible in ${colorScheme} colours`, async ({ page }) => {
    const name = (what: string) => `${what}-${colorScheme}`;
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await openLoop(page);
    await expect(page.getByRole("img", { name: /hits/i }).first()).toBeVisible();
    await findNothingWrong(page, name("loop"));

    await page.getByRole("link", { name: "Round 1" }).click();
    await expect(page.getByRole("gridcell", { name: /^A01/ })).toBeVisible();
    await findNothingWrong(page, name("round"));

    await goTo(page, "Rounds");
    await findNothingWrong(page, name("rounds"));
    await goTo(page, "Upload results");
    await page.getByRole("button", { name: "Open the report on broken.csv" }).click();
    await expect(page.getByRole("table", { name: "Errors" })).toBeVisible();
    await findNothingWrong(page, name("upload"));

    await goTo(page, "Targets");
    await expect(page.getByRole("table", { name: "Ranked targets" })).toBeVisible();
    await findNothingWrong(page, name("targets"));
    await page.getByRole("button", { name: "GATA3" }).click();
    await expect(page.getByRole("dialog", { name: "GATA3" })).toBeVisible();
    await findNothingWrong(page, name("target"));
    await page.getByRole("button", { name: "Close" }).click();

    await goTo(page, "Jobs");
    await expect(page.getByRole("table", { name: "Jobs, newest first" })).toBeVisible();
    await findNothingWrong(page, name("jobs"));

    await page.goto("/no-such-page");
    await expect(page.getByRole("heading", { name: /no page at this address/ })).toBeVisible();
    await findNothingWrong(page, name("not-found"));
  });
}
