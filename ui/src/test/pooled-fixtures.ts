/** Small, complete wire values of pooled rounds for tests. */
import type {
  GuidesOverview,
  PooledCall,
  PooledEstimate,
  PooledNumbers,
  PooledReport,
  PooledRound,
} from "../api/types";
import { ROUND } from "./fixtures";

export const numbers = (change: Partial<PooledNumbers> = {}): PooledNumbers => ({
  guides: 860,
  infected_fraction: 0.2592,
  single_fraction: 0.8575,
  cells_to_infect: 1_659_070,
  cells_to_infect_in_all: 1_659_070,
  cells_per_passage: 430_000,
  cells_per_bin: 172_000,
  plasmid_reads: 258_000,
  samples: 2,
  reads_per_sample: 258_000,
  reads_in_all: 774_000,
  cost: 0,
  ...change,
});

export const estimate = (change: Partial<PooledEstimate> = {}): PooledEstimate => ({
  numbers: numbers(),
  warnings: [],
  library: {
    guides: 900,
    refused: 1,
    genes_ready: 210,
    genes_short: 2,
    short_names: ["KLF2", "MYB"],
    non_targeting: 60,
    safe_targeting: 0,
  },
  obstacles: [],
  budget_left: 4000,
  ...change,
});

export const overview = (change: Partial<GuidesOverview> = {}): GuidesOverview => ({
  libraries: [
    {
      id: "c0ffee00-0000-4000-8000-0000000000a1",
      file_name: "library.csv",
      digest: "ab".repeat(32),
      n_bytes: 40_000,
      guides: 900,
      created_at: "2026-11-24T20:00:00Z",
    },
  ],
  guides: 900,
  candidates_covered: 212,
  non_targeting: 60,
  safe_targeting: 0,
  refused: [
    {
      guide_id: "GATA3_3",
      target: "GATA3",
      code: "cloning_site",
      reason: "a BsmBI site (CGTCTC) inside",
    },
  ],
  ...change,
});

export const call = (change: Partial<PooledCall> = {}): PooledCall => ({
  row: 2,
  symbol: "GATA3",
  guides: 4,
  effect: -0.909,
  robust_z: -2.1,
  se: 0.4,
  fdr: 0.01,
  hit: true,
  ...change,
});

export const report = (change: Partial<PooledReport> = {}): PooledReport => ({
  method: "mle",
  conditions: ["rest", "stim"],
  round_id: ROUND,
  round_number: 2,
  reading: { round_id: ROUND, condition: "stim", fdr: "fdr", max_fdr: 0.05 },
  rule: "MAGeCK MLE: stim|fdr below 0.05",
  scale: { median: 0.1, mad: 0.4, rows: 24, from_controls: false },
  genes: [call(), call({ row: 3, symbol: "MYB", fdr: 0.4, hit: false })],
  controls: [call({ row: 4, symbol: "NonTargeting", hit: true })],
  missing: [],
  ...change,
});

export const pooledRound = (change: Partial<PooledRound> = {}): PooledRound => ({
  round_id: ROUND,
  settings: {
    genes: 200,
    guides_per_gene: 4,
    non_targeting: 60,
    safe_targeting: 0,
    coverage: 500,
    moi: 0.3,
    replicates: 1,
    bins: 2,
    cells_per_guide_in_bin: 200,
    plasmid_reads_per_guide: 300,
    sample_reads_per_guide: 300,
    cost_per_guide: 0.5,
    cost_per_million_cells: 0,
    enzyme: "bsmbi",
    adapter_5: "TTCCACCG",
    adapter_3: "GTTTTA",
  },
  numbers: numbers({ cost: 430 }),
  warnings: [],
  genes: [
    {
      symbol: "GATA3",
      guides: [{ guide_id: "GATA3_1", protospacer: "ACGTACGTACGTACGTACGT", score: 0.7 }],
    },
  ],
  non_targeting: 60,
  safe_targeting: 0,
  oligo_length: 76,
  results: null,
  ...change,
});
