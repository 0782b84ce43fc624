import type { Campaign, PlanRequest } from "../../api/types";

/** The form of a round as typed; an empty field is left to the campaign. */
export type PlanForm = {
  plates: number | string;
  wells: number | string;
  budget: number | string;
  force: string;
  exclude: string;
  excludeEssential: boolean;
  familyMax: number | string;
  /** Per cent. */
  randomShare: number | string;
  /** Per cent. */
  replicateShare: number | string;
  kappa: number | string;
  acquisition: string;
};

/** The form before anything is typed; `add` are genes chosen on another page. */
export const emptyForm = (campaign: Campaign, add = ""): PlanForm => ({
  plates: "",
  wells: "",
  budget: "",
  force: genesOf(add).join(", "),
  exclude: "",
  excludeEssential: campaign.exclude_essential,
  familyMax: "",
  randomShare: "",
  replicateShare: "",
  kappa: "",
  acquisition: "",
});

/** Gene names out of a typed line: separated by commas, semicolons or spaces, each once. */
export function genesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

/** A typed number; nothing when the field is empty or holds something else. */
export function numberOf(typed: number | string): number | undefined {
  const number = Number(typed);
  return typed === "" || !Number.isFinite(number) ? undefined : number;
}

const shareOf = (percent: number | string) => {
  const number = numberOf(percent);
  return number === undefined ? undefined : number / 100;
};

/** The request for the fields as typed. */
export function requestOf(form: PlanForm, campaign: Campaign): PlanRequest {
  const given: PlanRequest = {
    plates: numberOf(form.plates),
    batch: numberOf(form.wells),
    budget: numberOf(form.budget),
    family_max: numberOf(form.familyMax),
    random_share: shareOf(form.randomShare),
    replicate_share: shareOf(form.replicateShare),
    kappa: numberOf(form.kappa),
    acquisition: (form.acquisition || undefined) as PlanRequest["acquisition"],
    force: genesOf(form.force),
    exclude: genesOf(form.exclude),
    exclude_essential:
      form.excludeEssential === campaign.exclude_essential ? undefined : form.excludeEssential,
  };
  const kept = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept);
}

/** The line of genes with `gene` added, or taken away when it was there. */
export function toggled(line: string, gene: string): string {
  const genes = genesOf(line);
  const rest = genes.filter((one) => one !== gene);
  return (rest.length < genes.length ? rest : [...genes, gene]).join(", ");
}

/** The form after a gene was locked or unlocked; a locked gene is not excluded. */
export function lock(form: PlanForm, gene: string): Partial<PlanForm> {
  const exclude = genesOf(form.exclude).filter((one) => one !== gene);
  return { force: toggled(form.force, gene), exclude: exclude.join(", ") };
}

/** The form after a gene was excluded; it is no longer locked. */
export function excludeGene(form: PlanForm, gene: string): Partial<PlanForm> {
  const force = genesOf(form.force).filter((one) => one !== gene);
  return { exclude: [...genesOf(form.exclude), gene].join(", "), force: force.join(", ") };
}
