/** Small, complete wire values of the screens' pages. */
import type {
  Dataset,
  ScreenEstimate,
  ScreenOrder,
  ScreenReport,
  ScreenSummary,
  ScreenTargetRow,
} from "../api/types";
import { DATASET, MODEL } from "./model-fixtures";

export const SCREEN = "5c4ee000-0000-4000-8000-000000000001";
export const OTHER_SCREEN = "5c4ee000-0000-4000-8000-000000000002";

export const cells = (): Dataset => ({
  digest: DATASET,
  source_digest: "ef".repeat(32),
  name: "T cells",
  report: {
    n_cells: 200,
    n_genes: 2000,
    n_nonzeros: 100_000,
    counts_source: "X",
    duplicates_collapsed: 0,
    genes_mapped_by_symbol: 0,
    genes_with_ensembl: 2000,
    median_counts_per_cell: 4000,
    median_genes_per_cell: 1200,
    obs: { source: { Tumor: 90, NAT: 70, Blood: 40 }, patient: { P1: 80, P2: 70, P3: 50 } },
    numeric_obs: [],
    warnings: [],
  },
  created_at: "2026-11-24T09:00:00Z",
});

export const screenOrder = (change: Partial<ScreenOrder> = {}): ScreenOrder => ({
  name: "",
  dataset_digest: DATASET,
  model_digests: [MODEL],
  start: { column: "source", value: "Tumor" },
  goal: { column: "source", value: "NAT" },
  targets: { kind: "each", genes: ["GATA3", "MYB"] },
  perturbations: ["knock_out", "over_expression"],
  ...change,
});

export const screenSummary = (change: Partial<ScreenSummary> = {}): ScreenSummary => ({
  id: SCREEN,
  name: "Tumor → NAT",
  order: screenOrder(),
  model_digest: MODEL,
  model_name: "Geneformer V1-10M",
  family: "geneformer",
  dataset_name: "T cells",
  state: "done",
  n_shards: 4,
  shards_done: 4,
  job_id: 12,
  created_at: "2026-11-25T10:00:00Z",
  finished_at: "2026-11-25T10:05:00Z",
  ...change,
});

export const screenRow = (change: Partial<ScreenTargetRow> = {}): ScreenTargetRow => ({
  rank: 1,
  label: "GATA3",
  genes: ["ENSG00000107485"],
  perturbation: "knock_out",
  n_cells: 80,
  n_donors: 3,
  n_truncated: 0,
  coverage: 0.89,
  effects: [
    {
      measure: "NAT",
      mean: 0.004,
      sd: 0.01,
      cell_low: 0.003,
      cell_high: 0.005,
      donor_low: 0.001,
      donor_high: 0.007,
      p: 1e-6,
      q: 1e-5,
      p_donor: 0.01,
      q_donor: 0.03,
    },
  ],
  by_donor: [
    { donor: "P1", n_cells: 30, mean: 0.005, low: 0.004, high: 0.006 },
    { donor: "P2", n_cells: 50, mean: 0.003, low: 0.002, high: 0.004 },
  ],
  significant: true,
  donors_agreeing: 3,
  detection_rate: 0.9,
  mean_rank: 300,
  mean_expression: 1.2,
  goal_minus_start: 0.3,
  matched_mean: 0.001,
  matched_percentile: 0.95,
  null_cells: 0,
  singles: [],
  transcription_factor: true,
  druggable: [],
  measured: 4.2,
  ...change,
});

export const screenReport = (change: Partial<ScreenReport> = {}): ScreenReport => ({
  screen: screenSummary(),
  measures: ["NAT", "Tumor"],
  n_cells: 90,
  n_null: 0,
  n_donors: 3,
  n_rows: 4,
  noise_floor: 2e-7,
  confounding: [
    { with: "detection rate", perturbation: "knock_out", spearman: 0.62, n: 2 },
    { with: "detection rate", perturbation: "over_expression", spearman: 0.1, n: 2 },
  ],
  evaluations: [],
  positives: "",
  agreement: [],
  map: [
    { x: 0, y: 0, group: "start" },
    { x: 1, y: 1, group: "goal" },
    { x: 0.5, y: 0.5, group: "GATA3 knock_out" },
  ],
  first_order: null,
  warnings: ["Only 3 donors: intervals over donors are wide."],
  provenance: { model: MODEL, seed: "0" },
  ...change,
});

export const screenEstimate = (change: Partial<ScreenEstimate> = {}): ScreenEstimate => ({
  model_digest: MODEL,
  n_cells: 90,
  n_null: 0,
  n_targets: 2,
  n_shards: 4,
  n_forwards: 450,
  seconds: 125,
  seconds_low: 100,
  seconds_high: 180,
  memory_bytes: 124_000_000,
  longest: 1800,
  unknown_genes: ["NOSUCH"],
  warnings: [],
  ...change,
});
