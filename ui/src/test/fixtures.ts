/** Small, complete wire values for tests. */
import type {
  Campaign,
  Job,
  LoopState,
  Plate,
  RoundSummary,
  Target,
  Upload,
  Well,
} from "../api/types";

export const CAMPAIGN = "c0ffee00-0000-4000-8000-000000000001";
export const ROUND = "c0ffee00-0000-4000-8000-000000000002";
export const PLATE = "c0ffee00-0000-4000-8000-000000000003";
export const UPLOAD = "c0ffee00-0000-4000-8000-000000000004";

export const campaign = (change: Partial<Campaign> = {}): Campaign => ({
  id: CAMPAIGN,
  name: "IL2RA regulators",
  dataset_digest: "ab".repeat(32),
  model_digest: "cd".repeat(32),
  readout: "IL2RA protein, knock-out",
  keywords: [],
  n_candidates: 1349,
  n_excluded: 12,
  non_targeting: ["NT-1"],
  positive: ["IL2RA"],
  screen: { state_column: "source", start_value: "Tumor", goal_value: "NAT" },
  hit_rule: "|robust z| ≥ 3",
  hit_threshold: 3,
  batch: 24,
  plate_format: 96,
  donors: [],
  replicates: 1,
  transfer_nl: 2500,
  budget: 4000,
  cost_per_well: 10.5,
  cost_per_plate: 0,
  max_rounds: 5,
  ask_me_first: true,
  exclude_essential: true,
  acquisition: "upper_confidence_bound",
  kappa: 1,
  random_share: 0.05,
  replicate_share: 0,
  excluded: [],
  has_results: false,
  seed: 7,
  created_at: "2026-11-20T09:00:00Z",
  ...change,
});

export const roundSummary = (change: Partial<RoundSummary> = {}): RoundSummary => ({
  id: ROUND,
  number: 1,
  kind: "arrayed",
  state: "learned",
  wells: 24,
  hits: 7,
  wells_cumulative: 24,
  hits_cumulative: 7,
  created_at: "2026-11-21T09:00:00Z",
  results_at: "2026-11-22T09:00:00Z",
  ...change,
});

export const loopState = (change: Partial<LoopState> = {}): LoopState => ({
  campaign: campaign(),
  next: { action: "finished", message: "All rounds are done." },
  rounds: [roundSummary()],
  random_band: [
    { wells: 0, expected: 0, low: 0, high: 0 },
    { wells: 24, expected: 1.1, low: 0, high: 3 },
  ],
  random_band_basis: "exact (hypergeometric)",
  budget_left: 2992,
  jobs: [],
  ...change,
});

export const job = (change: Partial<Job> = {}): Job => ({
  id: 12,
  kind: "screen",
  state: "running",
  campaign_id: CAMPAIGN,
  done: 12,
  total: 40,
  attempt: 1,
  max_attempts: 5,
  cancel_requested: false,
  created_at: "2026-11-24T22:00:00Z",
  ...change,
});

export const well = (change: Partial<Well> = {}): Well => ({
  well: "B07",
  content: "candidate",
  symbol: "KLF4",
  replicate: 1,
  ...change,
});

export const plate = (change: Partial<Plate> = {}): Plate => ({
  id: PLATE,
  barcode: "NW000101",
  format: 96,
  rows: 8,
  columns: 12,
  seed: 7,
  notes: [],
  reagents: [],
  round_id: ROUND,
  round_number: 1,
  campaign_id: CAMPAIGN,
  wells: [well(), well({ well: "A01", content: "non_targeting", symbol: "NT-1" })],
  ...change,
});

export const upload = (change: Partial<Upload> = {}): Upload => ({
  id: UPLOAD,
  campaign_id: CAMPAIGN,
  digest: "ef".repeat(32),
  file_name: "round1.csv",
  n_bytes: 8123,
  state: "checked",
  duplicate: false,
  report: {
    rows: 96,
    encoding: "UTF-8",
    delimiter: "semicolon",
    decimal: ",",
    plates: [{ barcode: "NW000101", values: 94, missing_wells: ["A01", "H12"], hits: 5 }],
    errors: [],
    warnings: [],
    unknown_columns: [],
    preview: [{ row: 2, plate: "NW000101", well: "A01", symbol: "KLF4", value: 986.5 }],
  },
  created_at: "2026-11-24T22:30:00Z",
  accepted_at: null,
  ...change,
});

export const target = (change: Partial<Target> = {}): Target => ({
  rank: 1,
  symbol: "GATA3",
  ensembl_id: "ENSG00000107485",
  knock_out_shift: 0.004,
  knock_out_low: 0.002,
  knock_out_high: 0.006,
  p_hit: 0.7,
  mean: 1.2,
  sd: 0.4,
  ...change,
});
