import { describe, expect, it } from "vitest";
import { dataset, preview } from "../../test/model-fixtures";
import { colourColumns, firstColour, pictureOf, previewCaption } from "./preview-picture";

describe("the picture of a preview", () => {
  it("takes two axes, and the categories behind the codes", () => {
    const picture = pictureOf(
      preview({
        coordinates: [
          [1, 2, 9],
          [3, 4, 9],
          [5, 6, 9],
        ],
      }),
    );
    expect(picture.points).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(picture.explained).toEqual([0.42, 0.18]);
    expect(picture.column).toEqual({
      name: "source",
      kind: "words",
      values: ["Tumor", "Tumor", "NAT"],
    });
  });

  it("keeps cells without a category or number apart", () => {
    const colour = {
      column: "source",
      values: { type: "categorical" as const, categories: ["NAT"], codes: [null, 0, null] },
    };
    expect(pictureOf(preview({ colour })).column?.values).toEqual([null, "NAT", null]);
    const numbers = { type: "numeric" as const, numbers: [1.5, null, 2] };
    expect(pictureOf(preview({ colour: { column: "n_counts", values: numbers } })).column).toEqual({
      name: "n_counts",
      kind: "numbers",
      values: [1.5, null, 2],
    });
    expect(pictureOf(preview({ colour: null })).column).toBeNull();
  });

  it("says which cells were drawn and which could not be", () => {
    expect(previewCaption(preview(), dataset())).toMatch(/all 4 cells\. 1 cell without any gene/);
    const some = preview({ n_cells: 90_000, n_sampled: 5000, n_blank: 0 });
    expect(previewCaption(some, dataset())).toMatch(/5,000 of 90,000 cells, evenly spaced/);
  });

  it("starts with a column of a handful of categories, and offers numbers too", () => {
    const barcodes = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`c${i}`, 1]));
    const data = dataset();
    data.report.obs = { barcode: barcodes, one: { same: 200 }, source: { NAT: 80, Tumor: 120 } };
    expect(firstColour(data)).toBe("source");
    expect(colourColumns(data)).toEqual(["barcode", "one", "source", "n_counts"]);
  });
});
