import type { CloningEnzyme, PooledPlanRequest, PooledSettings } from "../../api/types";

/** A field of numbers while it is typed. */
type Typed = number | string;

/** The form of a new pooled round. */
export type PooledForm = {
  genes: Typed;
  guidesPerGene: Typed;
  nonTargeting: Typed;
  safeTargeting: Typed;
  coverage: Typed;
  moi: Typed;
  replicates: Typed;
  bins: Typed;
  cellsInBin: Typed;
  plasmidReads: Typed;
  sampleReads: Typed;
  costPerGuide: Typed;
  costPerMillion: Typed;
  enzyme: CloningEnzyme;
  adapter5: string;
  adapter3: string;
  force: string;
  exclude: string;
};

export const FIRST_FORM: PooledForm = {
  genes: 200,
  guidesPerGene: 4,
  nonTargeting: 60,
  safeTargeting: 0,
  coverage: 500,
  moi: 0.3,
  replicates: 1,
  bins: 2,
  cellsInBin: 200,
  plasmidReads: 300,
  sampleReads: 300,
  costPerGuide: "",
  costPerMillion: "",
  enzyme: "bsmbi",
  adapter5: "",
  adapter3: "",
  force: "",
  exclude: "",
};

/** Fields that must hold a number, by the words on the page. */
const NEEDED = [
  ["genes", "Genes"],
  ["guidesPerGene", "Guides per gene"],
  ["nonTargeting", "Non-targeting guides"],
  ["safeTargeting", "Safe-targeting guides"],
  ["coverage", "Coverage"],
  ["moi", "MOI"],
  ["replicates", "Replicates"],
  ["bins", "Sorted bins"],
  ["cellsInBin", "Cells per guide in a bin"],
  ["plasmidReads", "Plasmid reads per guide"],
  ["sampleReads", "Sample reads per guide"],
] as const;

/** The settings that a form asks for, or which field is empty. */
export function settingsOf(form: PooledForm): PooledSettings | string {
  const empty = NEEDED.filter(([field]) => typeof form[field] !== "number");
  if (empty.length > 0) return `Fill in: ${empty.map(([, label]) => label).join(", ")}.`;
  const settings: PooledSettings = {
    genes: Number(form.genes),
    guides_per_gene: Number(form.guidesPerGene),
    non_targeting: Number(form.nonTargeting),
    safe_targeting: Number(form.safeTargeting),
    coverage: Number(form.coverage),
    moi: Number(form.moi),
    replicates: Number(form.replicates),
    bins: Number(form.bins),
    cells_per_guide_in_bin: Number(form.cellsInBin),
    plasmid_reads_per_guide: Number(form.plasmidReads),
    sample_reads_per_guide: Number(form.sampleReads),
    // No price is a price of nothing.
    cost_per_guide: Number(form.costPerGuide || 0),
    cost_per_million_cells: Number(form.costPerMillion || 0),
    enzyme: form.enzyme,
  };
  if (form.adapter5.trim()) settings.adapter_5 = form.adapter5.trim();
  if (form.adapter3.trim()) settings.adapter_3 = form.adapter3.trim();
  return settings;
}

/** Gene names out of a typed line, each once. */
export function geneNames(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

export function requestOf(form: PooledForm, settings: PooledSettings): PooledPlanRequest {
  return { settings, force: geneNames(form.force), exclude: geneNames(form.exclude) };
}
