import { describe, expect, it } from "vitest";
import { cells } from "../../test/screen-fixtures";
import { donorColumn, firstForm, orderOf, type ScreenForm, stateColumns } from "./screen-form";

const form = (change: Partial<ScreenForm> = {}) => ({ ...firstForm(cells(), "m1"), ...change });

describe("the form of a new screen", () => {
  it("starts with the two largest states and the donors of the cells", () => {
    expect(donorColumn(cells())).toBe("patient");
    expect(stateColumns(cells())).toEqual(["source", "patient"]);
    expect(form()).toMatchObject({
      column: "source",
      start: "Tumor",
      goal: "NAT",
      donor: "patient",
      models: ["m1"],
    });
  });

  it("becomes the order that the server takes", () => {
    const order = orderOf(
      form({
        genes: "each",
        list: "GATA3, MYB\nGATA3",
        inhibit: 25,
        alternatives: ["Blood", "NAT"],
        maxCells: "",
      }),
    );
    expect(order).toMatchObject({
      start: { column: "source", value: "Tumor" },
      goal: { column: "source", value: "NAT" },
      alternatives: [{ column: "source", value: "Blood" }],
      targets: { kind: "each", genes: ["GATA3", "MYB"] },
      perturbations: ["knock_out", "inhibit_25"],
      max_cells: null,
      donor_column: "patient",
    });
  });

  it("says what is missing instead of ordering it", () => {
    expect(orderOf(form({ models: [] }))).toBe("Choose a model.");
    expect(orderOf(form({ goal: "Tumor" }))).toBe("Start and goal are the same cells.");
    expect(orderOf(form({ genes: "each", list: " " }))).toBe("Name a gene or more.");
    expect(orderOf(form({ genes: "pairs", list: "MYB" }))).toBe("Name two genes or more.");
    expect(orderOf(form({ genes: "anchor" }))).toBe("Name the gene that is in every pair.");
    expect(orderOf(form({ knockOut: false }))).toBe("Choose what is done to the genes.");
    expect(orderOf(form({ mode: "gradient", overExpression: true }))).toMatch(/^The first-order/);
  });
});
