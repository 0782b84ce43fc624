import { expect, test } from "vitest";
import { FIRST_FORM, geneNames, requestOf, settingsOf } from "./pooled-form";

test("the first form asks for the usual round and leaves the adapters to the server", () => {
  const settings = settingsOf(FIRST_FORM);
  if (typeof settings === "string") throw new Error(settings);
  expect(settings).toMatchObject({ genes: 200, guides_per_gene: 4, non_targeting: 60, moi: 0.3 });
  expect(settings).toMatchObject({ cost_per_guide: 0, cost_per_million_cells: 0, enzyme: "bsmbi" });
  expect("adapter_5" in settings).toBe(false);
});

test("an empty field is named and nothing is asked of the server", () => {
  expect(settingsOf({ ...FIRST_FORM, genes: "", moi: "" })).toBe("Fill in: Genes, MOI.");
});

test("names of genes are taken apart and each is there once", () => {
  expect(geneNames(" MYB, GATA3;MYB\nKLF2 ")).toEqual(["MYB", "GATA3", "KLF2"]);
  const form = { ...FIRST_FORM, force: "MYB", exclude: "JUN", adapter5: " ACGT " };
  const settings = settingsOf(form);
  if (typeof settings === "string") throw new Error(settings);
  expect(requestOf(form, settings)).toEqual({
    settings: expect.objectContaining({ adapter_5: "ACGT" }),
    force: ["MYB"],
    exclude: ["JUN"],
  });
});
