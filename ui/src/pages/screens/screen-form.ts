import type { Dataset, ScreenOrder } from "../../api/types";
import { genesOf } from "../rounds/plan-form";

export type GeneChoice = "factors" | "all" | "each" | "group" | "anchor" | "pairs";

/** The form of a new screen, as typed. */
export type ScreenForm = {
  name: string;
  dataset: string;
  models: string[];
  column: string;
  start: string;
  /** Empty: no goal. */
  goal: string;
  alternatives: string[];
  /** Empty: no null group. */
  nullValue: string;
  genes: GeneChoice;
  list: string;
  anchor: string;
  knockOut: boolean;
  overExpression: boolean;
  inhibit: number | string;
  activate: number | string;
  donor: string;
  maxCells: number | string;
  minDetections: number | string;
  layer: number;
  summary: "mean" | "median";
  mode: "exact" | "gradient";
  top: number | string;
  seed: number | string;
};

/** Columns of `obs` whose values can be states: at least two, not one per cell. */
export function stateColumns({ report }: Dataset): string[] {
  const few = (values: Record<string, number>) => {
    const n = Object.keys(values).length;
    return n >= 1 && n <= Math.max(2, report.n_cells / 3);
  };
  return Object.keys(report.obs).filter((column) => few(report.obs[column] ?? {}));
}

/** Values of a column with their number of cells, most cells first. */
export function valuesOf({ report }: Dataset, column: string): [string, number][] {
  return Object.entries(report.obs[column] ?? {}).sort(
    (a, b) => b[1] - a[1] || a[0].localeCompare(b[0], "en"),
  );
}

const DONORS = ["donor", "patient", "sample", "individual", "subject"];

/** The column that most likely holds donors. */
export function donorColumn(dataset: Dataset): string {
  const columns = Object.keys(dataset.report.obs);
  const named = DONORS.flatMap((word) => columns.filter((c) => c.toLowerCase().includes(word)));
  return named[0] ?? "";
}

/** A form for these cells: the column with the fewest states, two at least; one model. */
export function firstForm(dataset: Dataset, model: string | undefined): ScreenForm {
  const donor = donorColumn(dataset);
  const size = (name: string) => Object.keys(dataset.report.obs[name] ?? {}).length;
  const columns = stateColumns(dataset).filter((column) => column !== donor);
  const states = columns.filter((name) => size(name) >= 2).sort((a, b) => size(a) - size(b));
  const column = states[0] ?? columns[0] ?? "";
  const values = valuesOf(dataset, column);
  return {
    name: "",
    dataset: dataset.digest,
    models: model ? [model] : [],
    column,
    start: values[0]?.[0] ?? "",
    goal: values[1]?.[0] ?? "",
    alternatives: [],
    nullValue: "",
    genes: "factors",
    list: "",
    anchor: "",
    knockOut: true,
    overExpression: false,
    inhibit: "",
    activate: "",
    donor,
    maxCells: 200,
    minDetections: 5,
    layer: 0,
    summary: "mean",
    mode: "exact",
    top: 100,
    seed: 0,
  };
}

const number = (typed: number | string) =>
  typed === "" || !Number.isFinite(Number(typed)) ? undefined : Number(typed);

function targets(form: ScreenForm): ScreenOrder["targets"] | string {
  const genes = genesOf(form.list);
  const anchor = form.anchor.trim();
  switch (form.genes) {
    case "factors":
      return { kind: "transcription_factors" };
    case "all":
      return { kind: "all" };
    case "anchor":
      if (!anchor) return "Name the gene that is in every pair.";
      return { kind: "anchor", anchor, genes: genes.length > 0 ? genes : null };
    case "pairs":
      return genes.length > 1 ? { kind: "pairs", genes } : "Name two genes or more.";
    default:
      return genes.length > 0 ? { kind: form.genes, genes } : "Name a gene or more.";
  }
}

/** What is done to the genes. */
export function perturbations(form: ScreenForm): string[] {
  const kinds: string[] = [];
  if (form.knockOut) kinds.push("knock_out");
  if (form.overExpression) kinds.push("over_expression");
  const [inhibit, activate] = [number(form.inhibit), number(form.activate)];
  if (inhibit !== undefined) kinds.push(`inhibit_${inhibit}`);
  if (activate !== undefined) kinds.push(`activate_${activate}`);
  return kinds;
}

/** The order of a form, or what is missing. */
export function orderOf(form: ScreenForm): ScreenOrder | string {
  const state = (value: string) => ({ column: form.column, value });
  if (form.models.length === 0) return "Choose a model.";
  if (!form.start) return "Choose the cells to perturb.";
  if (form.goal === form.start) return "Start and goal are the same cells.";
  const genes = targets(form);
  if (typeof genes === "string") return genes;
  const kinds = perturbations(form);
  if (kinds.length === 0) return "Choose what is done to the genes.";
  if (form.mode === "gradient" && (kinds.join() !== "knock_out" || !form.goal))
    return "The first-order mode does knock-outs towards a goal; choose Exact for anything else.";
  const alternatives = form.alternatives.filter((v) => v !== form.start && v !== form.goal);
  return {
    name: form.name.trim(),
    dataset_digest: form.dataset,
    model_digests: form.models,
    start: state(form.start),
    goal: form.goal ? state(form.goal) : null,
    alternatives: form.goal ? alternatives.map(state) : [],
    null: form.nullValue && form.nullValue !== form.start ? state(form.nullValue) : null,
    targets: genes,
    perturbations: kinds,
    emb_layer: form.layer,
    state_summary: form.summary,
    max_cells: number(form.maxCells) ?? null,
    donor_column: form.donor || null,
    min_detections: number(form.minDetections) ?? 1,
    mode: form.mode,
    top: number(form.top) ?? 100,
    seed: number(form.seed) ?? 0,
  };
}
