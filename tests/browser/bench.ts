import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test as base } from "@playwright/test";

type Quiet = { refusals: string[]; quietConsole: undefined };

/**
 * A test that also fails when a page wrote an error to its console. `refusals` are parts of
 * addresses that the test gets refused on purpose: the browser reports each as an error.
 */
export const test = base.extend<Quiet>({
  refusals: [[], { option: true }],
  quietConsole: [
    async ({ context, refusals }, use) => {
      const errors: string[] = [];
      context.on("console", (message) => {
        const { url } = message.location();
        const meant = refusals.some((part) => url.includes(part));
        if (message.type() === "error" && !meant) errors.push(`${message.text()} (${url})`);
      });
      context.on("weberror", (error) => errors.push(String(error.error())));
      await use(undefined);
      expect(errors, "errors in the browser's console").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Opens the start page, which leads to the newest campaign's loop. */
export async function openLoop(page: Page): Promise<string> {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "IL2RA regulators" })).toBeVisible();
  const campaign = new URL(page.url()).pathname.split("/")[2];
  if (!campaign) throw new Error(`no campaign in ${page.url()}`);
  return campaign;
}

/** Goes to a page by the navigation. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** The bytes of what a link downloads. */
export async function download(page: Page, link: string): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: link }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Keeps a picture of the page under test-results. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test-results/pages/${name}.png`, fullPage: true });
}

/** Fails on anything that axe finds on the page, and keeps a picture of it. */
export async function findNothingWrong(page: Page, name: string): Promise<void> {
  await picture(page, name);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.map((node) => node.html.slice(0, 160)),
  }));
  expect(found, `accessibility of ${name}`).toEqual([]);
}

/** Fails when the page is wider than the window: its tables scroll by themselves. */
export async function fits(page: Page): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over, "pixels that the page is wider than the window").toBeLessThanOrEqual(0);
}
