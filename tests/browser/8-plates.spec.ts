import type { APIRequestContext, Page } from "@playwright/test";
import { download, expect, findNothingWrong, fits, goTo, openLoop, picture, test } from "./bench";
import { NEGATIVE, type Plate, POSITIVE, candidates } from "./lab";


/** A library that holds every candidate and control of the tests' campaign. */
function libraryFile(): string {
  const names = [...candidates(150), ...NEGATIVE, POSITIVE];
  const rows = names.map((name, i) => {
    const well = `${String.fromCharCode(65 + Math.floor((i % 384) / 24))}${(i % 24) + 1}`;
    return `SRC01,${well},${name}_g1,${name},40,10,L7,2099-12-31`;
  });
  return [
    "plate_barcode,well,guide_id,symbol,volume_ul,concentration_um,lot,expiry",
    ...rows,
    "",
  ].join("\n");
}

async function choose(page: Page, name: string, text: string): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose a file" }).click(),
  ]);
  await chooser.setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
}

/** The plate of the newest round. */
async function newestPlate(request: APIRequestContext, campaign: string): Promise<Plate> {
  const rounds: { id: string; number: number }[] = await (
    await request.get(`/api/campaigns/${campaign}/rounds`)
  ).json();
  const newest = rounds.at(-1);
  if (!newest) throw new Error("there is no round");
  const round: { plates: { id: string }[] } = await (
    await request.get(`/api/rounds/${newest.id}`)
  ).json();
  return (await request.get(`/api/plates/${round.plates[0]?.id}`)).json();
}

async function findPlate(page: Page, barcode: string): Promise<void> {
  const find = page.getByRole("textbox", { name: "Find a plate by its barcode" });
  await find.fill(barcode);
  await find.press("Enter");
  await expect(page.getByRole("heading", { name: `Plate ${barcode}` })).toBeVisible();
}

/** The bytes that a robot's entry of the worklist menu saves. */
async function worklist(page: Page, words: string): Promise<Buffer> {
  await page.getByRole("button", { name: /Worklist/ }).click();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: words }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test.describe("the guide library and a plate's files", () => {
  test.use({ refusals: ["/library", "/order.csv"] });

  test("a lab uploads its library, prints a plate and takes a worklist to its robot", async ({
    page,
    request,
  }) => {
    const campaign = await openLoop(page);
    const plate = await newestPlate(request, campaign);

    await test.step("without a library the round says what is missing", async () => {
      await findPlate(page, plate.barcode);
      await page.getByRole("button", { name: /Reagents, CSV/ }).click();
      await expect(page.getByRole("alert")).toContainText("no guide library");
      await page.getByRole("link", { name: "Add a guide library" }).click();
      await expect(page.getByRole("heading", { name: "No guide library yet" })).toBeVisible();
      for (const colorScheme of ["dark", "light"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await findNothingWrong(page, `library-empty-${colorScheme}`);
      }
    });

    await test.step("a broken library is refused with its rows", async () => {
      await choose(page, "broken.csv", `${libraryFile()}SRC01,A1,x_g1,x,much,,,\n`);
      const places = page.getByRole("table", { name: "Places in the input" });
      await expect(places.getByRole("row").filter({ hasText: "much" })).toContainText("volume_ul");
      await expect(page.getByRole("heading", { name: "No guide library yet" })).toBeVisible();
      await picture(page, "library-broken");
    });

    await test.step("a good one is stored, shown and known when it comes again", async () => {
      await choose(page, "library.csv", libraryFile());
      await expect(page.getByText("The library was stored")).toBeVisible();
      await expect(page.getByRole("status").filter({ hasText: "175 wells" })).toBeVisible();
      await choose(page, "library.csv", libraryFile());
      await expect(page.getByText("This file is in the library already")).toBeVisible();
      await page.getByRole("searchbox", { name: "Search" }).fill("GATA3");
      const wells = page.getByRole("table", { name: "Source wells of the library" });
      await expect(wells.getByRole("row")).toHaveCount(2);
      await expect(wells.getByRole("row").nth(1)).toContainText("available");
      for (const colorScheme of ["dark", "light"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await findNothingWrong(page, `library-${colorScheme}`);
      }
    });

    await test.step("the barcode jumps to the plate, whose wells are read aloud", async () => {
      await findPlate(page, plate.barcode);
      await expect(page.getByRole("heading", { name: `Plate ${plate.barcode}` })).toBeInViewport();
      const first = plate.wells.find((well) => well.content === "candidate");
      const label = new RegExp(`^${first?.well}, ${first?.symbol} knock-out, `);
      await page.getByRole("gridcell", { name: /^A01/ }).focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowRight");
      await expect(page.getByRole("gridcell", { name: /^B02/ })).toBeFocused();
      await page.getByRole("gridcell", { name: label }).click();
      await expect(page.getByText(`${first?.symbol}_g1 from SRC01`)).toBeVisible();
    });

    await test.step("map and worklists download as the API serves them", async () => {
      const served = async (path: string) =>
        (await request.get(`/api/plates/${plate.id}/${path}`)).body();
      expect(await download(page, "Plate map, CSV")).toEqual(await served("map.csv"));
      const robots = [
        ["Echo pick list", "echo"],
        ["Tecan worklist", "tecan"],
        ["Hamilton", "hamilton"],
        ["epMotion", "epmotion"],
      ] as const;
      for (const [words, format] of robots) {
        const bytes = await worklist(page, words);
        expect(bytes, format).toEqual(await served(`worklist?format=${format}`));
        expect(bytes.length, format).toBeGreaterThan(100);
      }
    });

    await test.step("the sheet prints on one page with boxes to tick and what to pipette", async () => {
      for (const colorScheme of ["dark", "light"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await findNothingWrong(page, `plate-${colorScheme}`);
      }
      await page.emulateMedia({ media: "print", colorScheme: "light" });
      await page.setViewportSize({ width: 1040, height: 720 });
      const sheet = page.getByRole("list", { name: "Reagents" });
      await expect(sheet).toContainText(/SRC01 \w+ GATA3_g1|SRC01 \w+ \w+_g1, lot L7, 2.5 µl → /);
      await picture(page, "plate-printed");
      const pdf = await page.pdf({ preferCSSPageSize: true, path: "test-results/pages/plate.pdf" });
      expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
      await page.emulateMedia({ media: null, colorScheme: null });
    });

    await test.step("both pages fit a telephone", async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await fits(page);
      await page.goto(`/c/${campaign}/library`);
      await expect(page.getByRole("table", { name: "Source wells of the library" })).toBeVisible();
      await fits(page);
    });
  });
});
