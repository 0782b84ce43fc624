import type { Campaign, ReplayControl, ReplayOrder } from "../../api/types";

/** Strategies as people choose them. */
export const STRATEGIES = [
  ["default", "The planner: assay prior, then what it has learnt"],
  ["cold", "The planner without earlier screens"],
  ["learn", "The planner without any prior"],
  ["prior", "Down the list of the prior, learning nothing"],
  ["ridge", "Bayesian ridge regression after a random round"],
  ["random", "At random"],
] as const;

/** A table that was read in the browser. */
export type ReadTable = { name: string; text: string };

/** Which genes may be picked. */
export type Pool = "essential" | "all" | "list";

/** What the form holds. */
export type ReplayForm = {
  table: ReadTable | null;
  /** The campaign's own results instead of a table. */
  own: boolean;
  hits: string;
  filter: string;
  geneColumn: string;
  scoreColumn: string;
  pool: Pool;
  exclude: string;
  readout: string;
  keywords: string;
  dataset: string;
  strategies: string[];
  rounds: number | string;
  batch: number | string;
  seeds: number | string;
  control: "" | ReplayControl;
};

/** A form without a screen; without earlier screens `cold` is `default`, so it is left out. */
export function emptyForm(): ReplayForm {
  return {
    table: null,
    own: false,
    hits: "",
    filter: "",
    geneColumn: "",
    scoreColumn: "",
    pool: "essential",
    exclude: "",
    readout: "",
    keywords: "",
    dataset: "",
    strategies: ["default", "prior", "ridge", "random"],
    rounds: 5,
    batch: 24,
    seeds: 10,
    control: "",
  };
}

/** The campaign's results as the screen, with what the campaign knows beforehand. */
export function ownForm(form: ReplayForm, campaign: Campaign): ReplayForm {
  return {
    ...form,
    table: null,
    own: true,
    readout: campaign.readout_gene ?? "",
    keywords: campaign.keywords.join(", "),
    dataset: campaign.dataset_digest,
    pool: "all",
  };
}

const given = (text: string) => text.trim() || null;
const listed = (text: string, between: RegExp) =>
  text
    .split(between)
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** What to send. */
export function replayOrder(form: ReplayForm, campaignId: string): ReplayOrder {
  const number = (value: number | string) => Math.max(0, Math.round(Number(value)) || 0);
  return {
    table: form.own ? null : (form.table?.text ?? null),
    campaign_id: form.own ? campaignId : null,
    options: {
      name: form.own ? "" : (form.table?.name ?? ""),
      gene_column: given(form.geneColumn),
      score_column: given(form.scoreColumn),
      filter: given(form.filter),
      hits: given(form.hits),
      exclude: form.pool === "list" ? listed(form.exclude, /[\s,;]+/) : [],
      keep_essential: form.pool === "all",
      readout: given(form.readout),
      keywords: listed(form.keywords, /,/),
      dataset_digest: given(form.dataset),
      strategies: STRATEGIES.map(([name]) => name as string).filter((name) =>
        form.strategies.includes(name),
      ),
      rounds: number(form.rounds),
      batch: number(form.batch),
      seeds: number(form.seeds),
      first_seed: 1,
      control: form.control || null,
    },
  };
}

/** Why the form cannot be sent yet; `null` when it can. */
export function missing(form: ReplayForm): string | null {
  if (!form.own && !form.table) return "Choose a screen first.";
  if (form.strategies.length === 0) return "Choose at least one strategy.";
  if (form.pool === "list" && form.exclude.trim() === "") return "List the genes to leave out.";
  return null;
}

/** Reads a table, unpacking it when it is packed with gzip. */
export async function readTable(file: File): Promise<ReadTable> {
  if (!file.name.toLowerCase().endsWith(".gz")) return { name: file.name, text: await file.text() };
  const unpacked = file.stream().pipeThrough(new DecompressionStream("gzip"));
  return { name: file.name, text: await new Response(unpacked).text() };
}
