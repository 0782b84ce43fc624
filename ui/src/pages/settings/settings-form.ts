import type { Campaign, CampaignPatch } from "../../api/types";
import { genesOf, numberOf } from "../rounds/plan-form";

/** Settings as typed; an empty limit is no limit. Shares are in per cent. */
export type SettingsForm = {
  batch: number | string;
  maxRounds: number | string;
  maxWells: number | string;
  budget: number | string;
  costPerWell: number | string;
  costPerPlate: number | string;
  askMeFirst: boolean;
  acquisition: Campaign["acquisition"];
  kappa: number | string;
  randomShare: number | string;
  replicateShare: number | string;
  familyMax: number | string;
  hitThreshold: number | string;
  readoutGene: string;
  keywords: string;
  excluded: string;
};

const percentOf = (share: number) => Number((share * 100).toPrecision(12));

/** The form of a campaign as it is. */
export const formOf = (c: Campaign): SettingsForm => ({
  batch: c.batch,
  maxRounds: c.max_rounds ?? "",
  maxWells: c.max_wells ?? "",
  budget: c.budget ?? "",
  costPerWell: c.cost_per_well,
  costPerPlate: c.cost_per_plate,
  askMeFirst: c.ask_me_first,
  acquisition: c.acquisition,
  kappa: c.kappa,
  randomShare: percentOf(c.random_share),
  replicateShare: percentOf(c.replicate_share),
  familyMax: c.family_max ?? "",
  hitThreshold: c.hit_threshold,
  readoutGene: c.readout_gene ?? "",
  keywords: c.keywords.join(", "),
  excluded: c.excluded.join(", "),
});

const limit = (typed: number | string) => numberOf(typed) ?? null;
const share = (percent: number | string) => {
  const number = numberOf(percent);
  return number === undefined ? undefined : Number((number / 100).toPrecision(12));
};
const words = (line: string) =>
  line
    .split(/[,;\n]+/)
    .map((word) => word.trim())
    .filter(Boolean);

/** Every setting as the server takes it. */
function asSent(form: SettingsForm): CampaignPatch {
  return {
    batch: numberOf(form.batch),
    max_rounds: limit(form.maxRounds),
    max_wells: limit(form.maxWells),
    budget: limit(form.budget),
    cost_per_well: numberOf(form.costPerWell),
    cost_per_plate: numberOf(form.costPerPlate),
    ask_me_first: form.askMeFirst,
    acquisition: form.acquisition,
    kappa: numberOf(form.kappa),
    random_share: share(form.randomShare),
    replicate_share: share(form.replicateShare),
    family_max: limit(form.familyMax),
    hit_threshold: numberOf(form.hitThreshold),
    readout_gene: form.readoutGene.trim() || null,
    keywords: words(form.keywords),
  };
}

/** Only what differs from the campaign; an empty object when nothing does. */
export function patchOf(form: SettingsForm, campaign: Campaign): CampaignPatch {
  const now = asSent(formOf(campaign));
  const changed = Object.entries(asSent(form)).filter(
    ([name, value]) =>
      value !== undefined &&
      JSON.stringify(value) !== JSON.stringify(now[name as keyof CampaignPatch]),
  );
  const wanted = genesOf(form.excluded);
  const exclude = wanted.filter((gene) => !campaign.excluded.includes(gene));
  const include = campaign.excluded.filter((gene) => !wanted.includes(gene));
  return {
    ...Object.fromEntries(changed),
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(include.length > 0 ? { include } : {}),
  };
}
