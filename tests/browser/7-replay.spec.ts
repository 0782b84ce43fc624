import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { download, expect, findNothingWrong, fits, goTo, openLoop, picture, test } from "./bench";
import { measure, type Plate } from "./lab";

/** The head of the demo's screen: some hundred genes with their effects. */
const SCREEN = readFileSync(
  new URL("../../services/cli/data/freimer2022_il2ra.csv", import.meta.url),
  "utf8",
)
  .split("\n")
  .slice(0, 260)
  .join("\n");

async function pictures(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await findNothingWrong(page, `${name}-${colorScheme}`);
  }
}

async function narrow(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, `${name}-narrow`);
  await fits(page);
  if (before) await page.setViewportSize(before);
}

test("a finished screen is replayed with three seeds and read", async ({ page }) => {
  await openLoop(page);
  await goTo(page, "Replay");

  await test.step("the empty page shows what a screen looks like", async () => {
    await expect(page.getByRole("heading", { name: "No replay yet" })).toBeVisible();
    await pictures(page, "replay-empty");
  });

  await test.step("a screen is chosen, and how it is played", async () => {
    const file = { name: "il2ra.csv", mimeType: "text/csv", buffer: Buffer.from(SCREEN) };
    await page.locator("input[type=file]").setInputFiles(file);
    await expect(page.getByText("259 rows")).toBeVisible();
    await page.getByLabel("Rounds").fill("3");
    await page.getByLabel("Genes per round").fill("12");
    await page.getByLabel("Seeds").fill("3");
    await page.getByLabel("Read-out gene").fill("IL2RA");
    await page.getByLabel("Keywords").fill("interleukin-2, t cell");
    await page.getByLabel("Hits", { exact: true }).fill("top10%");
    await pictures(page, "replay-form");
    await narrow(page, "replay-form");
  });

  await test.step("it is played and reported", async () => {
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await expect(
      page.getByRole("heading", { level: 1, name: "Replay of il2ra.csv" }),
    ).toBeVisible();
    const table = page.getByRole("table", { name: "After 36 genes" });
    await expect(table.getByRole("row")).toHaveCount(6);
    await expect(
      page.getByRole("img", { name: /^Share of hits found after 36 genes/ }),
    ).toBeVisible();
    await expect(
      page.getByText("Seeds are not biological replicates", { exact: false }),
    ).toHaveCount(1);
    await pictures(page, "replay-report");
    await narrow(page, "replay-report");
    await page.getByRole("button", { name: "Show as table" }).click();
    await expect(
      page.getByRole("table", { name: "Share of hits found after each round" }),
    ).toBeVisible();
  });

  await test.step("its numbers come as files", async () => {
    const csv = (await download(page, "Table (CSV)")).toString();
    expect(csv.split("\n")[0]).toContain("strategy,mean,sd");
    const all = JSON.parse((await download(page, "Everything (JSON)")).toString());
    expect(all.seeds).toBe(3);
  });

  await test.step("a control is marked, and the list has both", async () => {
    await page.getByRole("link", { name: "← All replays" }).click();
    const file = { name: "il2ra.csv", mimeType: "text/csv", buffer: Buffer.from(SCREEN) };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByLabel("Hits", { exact: true }).fill("top10%");
    await page.getByLabel("Rounds").fill("2");
    await page.getByLabel("Seeds").fill("2");
    await page.getByLabel("Control").selectOption("labels");
    for (const name of ["ridge", "prior"])
      await page.getByRole("checkbox", { name: new RegExp(`^${name}:`) }).uncheck();
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await expect(page.getByText(/every strategy must stay within/)).toBeVisible();
    await picture(page, "replay-control");
    await page.getByRole("link", { name: "← All replays" }).click();
    await expect(page.getByRole("table", { name: "Replays, newest first" })).toContainText(
      "control: labels",
    );
    await pictures(page, "replay-list");
  });

  await test.step("one that is not wanted goes", async () => {
    const table = page.getByRole("table", { name: "Replays, newest first" });
    await table.getByRole("link").first().click();
    await page.getByRole("button", { name: "Remove …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(table.getByRole("link")).toHaveCount(1);
  });
});

type Round = { id: string; state: string; plates: { id: string }[] };
type Summary = Pick<Round, "id" | "state"> & { number: number };

/** Measures the first round over the API where no test before has done it. */
async function measureFirstRound(page: Page, campaign: string): Promise<void> {
  const read = async <T>(path: string) => (await (await page.request.get(path)).json()) as T;
  const rounds = await read<Summary[]>(`/api/campaigns/${campaign}/rounds`);
  const first = rounds.find((round) => round.number === 1);
  if (!first || !["planned", "approved"].includes(first.state)) return;
  await page.request.post(`/api/rounds/${first.id}/approve`);
  const { plates } = await read<Round>(`/api/rounds/${first.id}`);
  const plate = await read<Plate>(`/api/plates/${plates[0]?.id}`);
  const sent = await page.request.post(`/api/campaigns/${campaign}/uploads?file_name=round.csv`, {
    data: Buffer.from(measure(plate)),
    headers: { "content-type": "application/octet-stream" },
  });
  const { id } = (await sent.json()) as { id: string };
  expect((await page.request.post(`/api/uploads/${id}/accept`)).ok()).toBe(true);
}

test("calibration is told in words, figures and tables once a round is measured", async ({
  page,
}) => {
  const campaign = await openLoop(page);
  await measureFirstRound(page, campaign);
  await goTo(page, "Calibration");
  await expect(page.getByText(/90 % intervals held the measurement/)).toBeVisible();
  await expect(page.getByRole("table", { name: "Round by round" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Random arm against the others" })).toBeVisible();
  await expect(page.getByRole("table", { name: "What the random arm vouches for" })).toContainText(
    /needs 19 random genes/,
  );
  await expect(page.getByRole("img", { name: /^50 % intervals held/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Genes in each tenth/ })).toBeVisible();
  await pictures(page, "calibration");
  await narrow(page, "calibration");
  const asTable = page.getByRole("button", { name: "Show as table" });
  await expect(asTable).toHaveCount(3);
  // A button that was pressed has another name.
  for (let left = 3; left > 0; left -= 1) await asTable.first().click();
  await expect(
    page.getByRole("table", { name: "Whether hit probabilities came true" }),
  ).toBeVisible();
});
