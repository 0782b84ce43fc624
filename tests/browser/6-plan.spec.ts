import type { APIRequestContext, Page } from "@playwright/test";
import { expect, findNothingWrong, fits, goTo, openLoop, picture, test } from "./bench";

// The refused preview is asked for on purpose.
test.use({ refusals: ["/rounds/preview"] });

const picks = (page: Page) => page.getByRole("table", { name: "Picks, in order of choice" });
const genes = (page: Page) =>
  picks(page).locator("tbody tr:not(.reason) td:nth-child(2)").allTextContents();
const approve = (page: Page) => page.getByRole("button", { name: /^Approve round/ });

/** What the lab pays, no limits of other tests, and no round that waits for an approval. */
async function prepare(request: APIRequestContext, campaign: string): Promise<number> {
  const path = `/api/campaigns/${campaign}`;
  const changed = await request.patch(path, {
    data: { budget: 6000, cost_per_plate: 310, max_rounds: null, ask_me_first: false },
  });
  expect(changed.status()).toBe(200);
  const { next } = await (await request.get(`${path}/loop`)).json();
  if (next.action === "approve") await request.post(`/api/rounds/${next.round_id}/approve`);
  const rounds: { number: number }[] = await (await request.get(`${path}/rounds`)).json();
  return Math.max(0, ...rounds.map((round) => round.number)) + 1;
}

test("a round is planned under limits: picks with reasons, locks, a limit in words, approval", async ({
  page,
  request,
}) => {
  const campaign = await openLoop(page);
  const number = await prepare(request, campaign);
  await goTo(page, "Plan a round");

  await test.step("two plates and a budget give picks with a reason each and full plates", async () => {
    await page.getByRole("textbox", { name: "Plates" }).fill("1");
    await page.getByRole("textbox", { name: "Budget for this round" }).fill("4000");
    await expect(page.getByRole("checkbox", { name: /core-essential/ })).toBeChecked();
    await expect(page.getByText(/66 picks on 1 plate/)).toBeVisible();
    await page.getByRole("textbox", { name: "Plates" }).fill("2");
    await expect(page.getByText(/picks on 2 plates, cost \d/)).toBeVisible();
    await expect(page.getByRole("grid")).toHaveCount(2);
    await expect(page.getByText("non-targeting control (24)").first()).toBeVisible();
    const reasons = await picks(page).locator("tbody tr.reason td:nth-child(2)").allTextContents();
    expect(reasons.length).toBeGreaterThan(66);
    expect(reasons.every((reason) => reason.length > 20)).toBe(true);
    await picture(page, "plan-two-plates");
  });

  await page.getByRole("textbox", { name: "Plates" }).fill("1");
  await expect(page.getByText(/66 picks on 1 plate/)).toBeVisible();
  const [kept = "", unwanted = ""] = await genes(page);

  await test.step("a locked pick stays, an excluded one goes", async () => {
    await page.getByRole("button", { name: `Lock ${kept}`, exact: true }).click();
    await page.getByRole("button", { name: `Exclude ${unwanted}`, exact: true }).click();
    await expect(picks(page).getByRole("cell", { name: unwanted, exact: true })).toBeHidden();
    const row = picks(page).getByRole("row").filter({ hasText: "Unlock" });
    await expect(row).toContainText(kept);
    await expect(picks(page).getByText("locked", { exact: true })).toBeVisible();
    await expect(approve(page)).toBeEnabled();
  });

  await test.step("a budget of 10 is refused in words and cannot be approved", async () => {
    await page.getByRole("textbox", { name: "Budget for this round" }).fill("10");
    const words = "No round fits: 1 plate costs 310, budget 10";
    await expect(page.getByRole("alert")).toContainText(words);
    await expect(approve(page)).toBeDisabled();
    await expect(approve(page)).toHaveAccessibleDescription(`Nothing to approve. ${words}`);
    await picture(page, "plan-refused");
    await page.getByRole("textbox", { name: "Budget for this round" }).fill("");
  });

  await test.step("what is approved is what was shown, and the loop shows it", async () => {
    await expect(page.getByRole("button", { name: `Approve round ${number}` })).toBeEnabled();
    const shown = await genes(page);
    await page.getByRole("button", { name: `Approve round ${number}` }).click();
    await expect(page.getByRole("heading", { level: 1, name: `Round ${number}` })).toBeVisible();
    const planned = await genes(page);
    expect(planned).toEqual(shown);
    expect(planned).toContain(kept);
    await openLoop(page);
    const rounds = page.getByRole("region", { name: "Rounds" });
    const mine = rounds.getByRole("listitem").filter({ hasText: `Round ${number}` });
    await expect(mine.first()).toContainText("in the lab");
  });
});

test("the settings are changed, said and kept", async ({ page }) => {
  await openLoop(page);
  await goTo(page, "Settings");
  const batch = page.getByRole("textbox", { name: "Candidate wells a round" });
  await batch.fill("12");
  await expect(page.getByText("1 setting changed, not saved yet.")).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved; later rounds/)).toBeVisible();
  await page.reload();
  await expect(batch).toHaveValue("12");
  await batch.fill("24");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved; later rounds/)).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`planning and settings are accessible in ${colorScheme} colours`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await openLoop(page);
    await goTo(page, "Plan a round");
    await expect(picks(page)).toBeVisible();
    await page.getByText("How picks are chosen").click();
    await findNothingWrong(page, `plan-${colorScheme}`);
    await goTo(page, "Settings");
    await findNothingWrong(page, `settings-${colorScheme}`);
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
    await picture(page, `settings-narrow-${colorScheme}`);
    await page.goto(page.url().replace("/settings", "/plan"));
    await expect(picks(page)).toBeVisible();
    await fits(page);
    await picture(page, `plan-narrow-${colorScheme}`);
  });
}
