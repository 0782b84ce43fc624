import { describe, expect, it } from "vitest";
import { campaign } from "../../test/fixtures";
import { emptyForm, excludeGene, genesOf, lock, requestOf } from "./plan-form";

const form = (change = {}) => ({ ...emptyForm(campaign()), ...change });

describe("the form of a round", () => {
  it("reads genes separated in any way, each once", () => {
    expect(genesOf(" MYB, GATA3;JUN  MYB\n")).toEqual(["MYB", "GATA3", "JUN"]);
    expect(genesOf("  ")).toEqual([]);
  });

  it("leaves empty fields to the campaign", () => {
    expect(requestOf(form(), campaign())).toEqual({ force: [], exclude: [] });
    const typed = form({ plates: 2, budget: 4000, randomShare: 10, exclude: "JUN" });
    expect(requestOf(typed, campaign())).toEqual({
      plates: 2,
      budget: 4000,
      random_share: 0.1,
      force: [],
      exclude: ["JUN"],
    });
  });

  it("sends a budget of nothing, which is a limit, and says when essential genes are wanted", () => {
    const typed = form({ budget: 0, excludeEssential: false });
    expect(requestOf(typed, campaign())).toMatchObject({ budget: 0, exclude_essential: false });
  });

  it("locks, unlocks and excludes a gene, never two of it at once", () => {
    const locked = { ...form({ exclude: "JUN" }), ...lock(form({ exclude: "JUN" }), "JUN") };
    expect([locked.force, locked.exclude]).toEqual(["JUN", ""]);
    expect(lock(locked, "JUN").force).toBe("");
    const out = excludeGene(locked, "JUN");
    expect([out.force, out.exclude]).toEqual(["", "JUN"]);
  });

  it("starts with the genes that were chosen elsewhere", () => {
    expect(emptyForm(campaign(), "MYB, GATA3").force).toBe("MYB, GATA3");
  });
});
