/** A previewed round for tests. */
import type { Pick, RoundPreview } from "../api/types";
import { plate } from "./fixtures";

export const pick = (change: Partial<Pick> = {}): Pick => ({
  rank: 1,
  symbol: "MYB",
  ensembl_id: "ENSG00000118513",
  kind: "scored",
  mean: 1.5,
  sd: 0.5,
  p_hit: 0.7,
  acquisition: 2,
  prior_score: 1.1,
  conditioned_on: 24,
  reason: "Best of 1200 by mean + uncertainty.",
  ...change,
});

export const preview = (change: Partial<RoundPreview> = {}): RoundPreview => ({
  number: 2,
  state: "state-1",
  kappa: 1,
  candidates_per_plate: 68,
  picks: [pick(), pick({ rank: 2, symbol: "JUN", kind: "random", mean: 0.1, sd: 0.9 })],
  plates: [plate({ barcode: "NW0000-2-1" })],
  cost: { wells: 2, plates: 1, for_wells: 21, for_plates: 310, total: 331 },
  left_before: { budget: 4000, wells: null, rounds: 4, candidates: 1200 },
  left_after: { budget: 3669, wells: null, rounds: 3, candidates: 1198 },
  shortfall: null,
  surrogate: {
    n_observed: 24,
    noise_variance: 0.4,
    signal_share: 0.5,
    model_weight: { weight: 0.1, share: 0.2, log_bayes_factor: 0.3, explanation: "A little." },
    blocks: [],
    notes: [],
  },
  expected_hits: { mean: 1.1, low: 0, high: 2 },
  advice: [],
  candidates: [
    { symbol: "MYB", mean: 1.5, sd: 0.5, p_hit: 0.7 },
    { symbol: "JUN", mean: 0.1, sd: 0.9, p_hit: 0.2 },
    { symbol: "FOS", mean: 0.1, sd: 0.3, p_hit: 0.1 },
  ],
  ...change,
});
