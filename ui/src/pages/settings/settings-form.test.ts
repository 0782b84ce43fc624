import { describe, expect, it } from "vitest";
import { campaign } from "../../test/fixtures";
import { formOf, patchOf } from "./settings-form";

describe("the settings of a campaign", () => {
  it("send nothing while nothing is changed", () => {
    const c = campaign({ random_share: 0.07, excluded: ["JUN"], keywords: ["t cell", "il-2"] });
    expect(patchOf(formOf(c), c)).toEqual({});
  });

  it("send only what was changed, shares as shares and cleared limits as null", () => {
    const c = campaign({ excluded: ["JUN", "FOS"] });
    const form = {
      ...formOf(c),
      batch: 48,
      budget: "",
      randomShare: 12.5,
      keywords: "t cell, interleukin-2",
      excluded: "FOS MYB",
    };
    expect(patchOf(form, c)).toEqual({
      batch: 48,
      budget: null,
      random_share: 0.125,
      keywords: ["t cell", "interleukin-2"],
      exclude: ["MYB"],
      include: ["JUN"],
    });
  });

  it("keep a number that was deleted from its field", () => {
    const c = campaign();
    expect(patchOf({ ...formOf(c), batch: "", kappa: "" }, c)).toEqual({});
  });
});
