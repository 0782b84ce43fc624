import { describe, expect, it } from "vitest";
import { readModelSearch, readModelsSearch } from "./model-search";

describe("the models' URLs", () => {
  it("keep what they know and drop the rest", () => {
    expect(readModelsSearch({ sort: "-parameters", family: "scgpt", x: 1 })).toEqual({
      sort: "-parameters",
      family: "scgpt",
    });
    expect(readModelsSearch({ sort: "drop table", family: 3 })).toEqual({});
  });

  it("keep the cells a model is looked at with, a column named by digits too", () => {
    expect(
      readModelSearch({ dataset: "ab", embedding: "cls", colour: 2020, cells: 5000, x: 1 }),
    ).toEqual({ dataset: "ab", embedding: "cls", colour: "2020", cells: 5000 });
    expect(readModelSearch({ dataset: {}, embedding: "", cells: 1e9 })).toEqual({});
  });
});
