import type { ModelLicence, ModelParity, ModelState, ModelUsage } from "../../api/types";
import type { Tone } from "../../components/Badge";
import { plural, tiny } from "../../format/number";

const FAMILY: Record<string, string> = {
  scbert: "scBERT",
  geneformer: "Geneformer",
  scgpt: "scGPT",
  scfoundation: "scFoundation",
  genecompass: "GeneCompass",
};

/** A family as its authors write it; one this page does not know keeps the server's word. */
export const familyWords = (family: string) => FAMILY[family] ?? family;

const STATE: Record<ModelState, [Tone, string]> = {
  base: ["plain", "base"],
  candidate: ["warn", "waits for its decision"],
  promoted: ["good", "in use"],
  rejected: ["plain", "not better, kept"],
};

export const stateWords = (state: ModelState): [Tone, string] => STATE[state] ?? ["plain", state];

export type ParityWords = { good: boolean; figure: string; words: string };

/** What a check on this server found, short enough for a table. */
export function parityWords(parity: ModelParity): ParityWords {
  const figure = tiny(parity.largest_difference);
  const limit = tiny(parity.tolerance);
  // A difference that is not a number is not within anything.
  if (!(parity.largest_difference <= parity.tolerance))
    return { good: false, figure, words: `not within ${limit}` };
  if (!parity.holds) return { good: false, figure, words: "but a cell depends on its neighbours" };
  return { good: true, figure, words: `within ${limit}` };
}

/** The check in words. */
export function paritySentence(parity: ModelParity): string {
  const found = `Largest difference between the fast code on ${parity.device} and the model's definition, on ${plural(parity.cells, "cell")} of ${plural(parity.tokens, "token")} in all: ${tiny(parity.largest_difference)} (accepted: ${tiny(parity.tolerance)}).`;
  const alone = parity.batch_invariant
    ? "A cell alone gives exactly what it gives among others."
    : "A cell among others does not give exactly what it gives alone.";
  return `${found} ${alone}${parity.holds ? "" : " Do not rely on this model here."}`;
}

/** What depends on a model, one line each; none when it can be removed. */
export function usageWords(usage: ModelUsage): string[] {
  const lines = usage.campaigns.map(({ name }) => `the campaign ${name} plans with it`);
  if (usage.screens > 0) lines.push(`${plural(usage.screens, "screen")} computed with it`);
  if (usage.decisions > 0) lines.push(`${plural(usage.decisions, "decision")} that it was part of`);
  return lines.concat(usage.children.map(({ name }) => `${name}, fine-tuned from it`));
}

/** Words as a sentence: a capital at its start and a full stop at its end. */
export function sentence(words: string): string {
  const text = words.trim();
  if (text === "") return "";
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** How loudly a licence must be said. */
export function licenceTone(licence: ModelLicence): Tone {
  const words = `${licence.name} ${licence.note}`.toLowerCase();
  return /non-commercial|not commercial|none stated|no licen[cs]e|gpl/.test(words)
    ? "warn"
    : "plain";
}

const SPECIES: Record<string, string> = { human: "human", mouse: "mouse" };

export const speciesWords = (species: readonly string[]) =>
  species.map((one) => SPECIES[one] ?? one).join(" and ");

/** The address of a licence's source, when it is one. */
export const sourceLink = (source: string) => (/^https?:\/\//.test(source) ? source : null);
