import { describe, expect, it } from "vitest";
import { modelParity } from "../../test/model-fixtures";
import {
  familyWords,
  licenceTone,
  paritySentence,
  parityWords,
  sentence,
  sourceLink,
  stateWords,
  usageWords,
} from "./model-words";

const parity = modelParity();

describe("words about models", () => {
  it("write the families as their authors do, and a new one as the server does", () => {
    expect(["scgpt", "genecompass", "sixth"].map(familyWords)).toEqual([
      "scGPT",
      "GeneCompass",
      "sixth",
    ]);
    expect(stateWords("promoted")).toEqual(["good", "in use"]);
  });

  it("accept a difference up to the tolerance, and only if cells do not depend on each other", () => {
    expect(parityWords(parity)).toEqual({ good: true, figure: "6e-7", words: "within 2e-5" });
    expect(parityWords({ ...parity, largest_difference: 2e-5 }).good).toBe(true);
    const far = { ...parity, largest_difference: 3.1e-4, holds: false };
    expect(parityWords(far)).toEqual({ good: false, figure: "3.1e-4", words: "not within 2e-5" });
    expect(parityWords({ ...parity, batch_invariant: false, holds: false }).words).toMatch(
      /neighbours/,
    );
    expect(parityWords({ ...parity, largest_difference: Number.NaN }).good).toBe(false);
    expect(paritySentence(parity)).toMatch(/on 3 cells of 411 tokens in all: 6e-7 \(accepted/);
    expect(paritySentence(far)).toMatch(/Do not rely/);
  });

  it("say what uses a model", () => {
    const none = { campaigns: [], screens: 0, decisions: 0, children: [] };
    expect(usageWords(none)).toEqual([]);
    expect(
      usageWords({
        campaigns: [{ id: "c", name: "IL2RA" }],
        screens: 2,
        decisions: 1,
        children: [{ digest: "d", name: "v2" }],
      }),
    ).toEqual([
      "the campaign IL2RA plans with it",
      "2 screens computed with it",
      "1 decision that it was part of",
      "v2, fine-tuned from it",
    ]);
  });

  it("say a restricting licence loudly", () => {
    const tone = (name: string, note = "") => licenceTone({ name, note, source: "" });
    expect(tone("Model licence", "Research only, non-commercial.")).toBe("warn");
    expect(tone("GPL-3.0")).toBe("warn");
    expect(tone("none stated")).toBe("warn");
    expect(tone("Apache-2.0", "Free to use.")).toBe("plain");
  });

  it("begin and end a note as a sentence", () => {
    expect(["free to use", "Research only.", "  "].map(sentence)).toEqual([
      "Free to use.",
      "Research only.",
      "",
    ]);
  });

  it("link a source only when it is an address", () => {
    expect(sourceLink("https://example.org/LICENSE")).toBe("https://example.org/LICENSE");
    expect(sourceLink("javascript:alert(1)")).toBeNull();
  });
});
