/** Answers about replays and calibration. */
import type {
  CalibrationScores,
  CampaignCalibration,
  Replay,
  ReplayReport,
  ReplayStrategy,
} from "../api/types";

export const REPLAY = "019a0000-0000-7000-8000-0000000000f1";

export function replayStrategy(name: string, per_round: [number, number]): ReplayStrategy {
  return {
    name,
    mean: per_round[1],
    sd: 0.02,
    interval_95: [per_round[1] - 0.03, per_round[1] + 0.03],
    per_round,
    per_round_95: per_round.map((share) => [share - 0.03, share + 0.03]),
    area: 0.3,
    enrichment: 8.3,
    p_vs_random: name === "random" ? null : 0.002,
    p_vs_ridge: null,
    seconds: 1.25,
    hits_per_seed: [
      [10, 10],
      [11, 9],
      [9, 11],
    ],
  };
}

export function replayReport(change: Partial<ReplayReport> = {}): ReplayReport {
  return {
    screen: "il2ra.csv",
    genes: 1000,
    hits: 50,
    hit_rule: "FDR below 0.05",
    rounds: 2,
    batch: 24,
    seeds: 3,
    control: null,
    random_band_90: [
      { mean: 0.024, low: 0, high: 0.06 },
      { mean: 0.048, low: 0, high: 0.1 },
    ],
    strategies: [replayStrategy("default", [0.2, 0.4]), replayStrategy("random", [0.02, 0.04])],
    ...change,
  };
}

export function replay(change: Partial<Replay> = {}): Replay {
  return {
    id: REPLAY,
    name: "il2ra.csv",
    options: {
      name: "il2ra.csv",
      gene_column: null,
      score_column: null,
      filter: null,
      hits: null,
      exclude: [],
      keep_essential: false,
      readout: "IL2RA",
      keywords: ["t cell"],
      dataset_digest: null,
      strategies: ["default", "random"],
      rounds: 2,
      batch: 24,
      seeds: 3,
      first_seed: 1,
      control: null,
    },
    state: "done",
    done: 6,
    total: 6,
    job_id: 7,
    report: replayReport(),
    created_at: "2026-03-01T10:00:00Z",
    finished_at: "2026-03-01T10:01:00Z",
    ...change,
  };
}

export function calibrationScores(wells: number, covered: number): CalibrationScores {
  const raw = {
    wells,
    coverage: [0.5, 0.8, 0.9, 0.95].map((level) => ({
      level,
      inside: Math.round(wells * covered * level),
      covered: covered * level,
      low: level - 0.1,
      high: Math.min(1, level + 0.1),
      standard_error: 0.05,
    })),
    bias: -0.12,
    bias_error: 0.09,
    nll: 1.42,
    crps: 0.44,
    sharpness: 0.61,
  };
  return {
    raw,
    factor: 1.4,
    corrected: { ...raw, nll: 1.21 },
    pit: { counts: [8, 4, 4, 4, 4, 4, 4, 4, 4, 8], low: 1, high: 9, ks: 0.11, ks_p: 0.55 },
    hits: {
      expected: 9.4,
      low: 4,
      high: 14,
      found: 6,
      brier: 0.11,
      brier_of_base_rate: 0.12,
      bins: [
        { wells: 30, predicted: 0.06, observed: 0.03, low: 0, high: 0.13 },
        { wells: 18, predicted: 0.42, observed: 0.28, low: 0.2, high: 0.66 },
      ],
    },
  };
}

export function campaignCalibration(
  change: Partial<CampaignCalibration> = {},
): CampaignCalibration {
  return {
    unit: "ln(1 + |robust z|)",
    notes: [],
    report: {
      words:
        "41 of the 48 90 % intervals held the measurement (85 %): about right. 9.4 hits were expected and 6 found.",
      verdict: "about_right",
      all: calibrationScores(48, 0.95),
      rounds: [{ round: 1, scores: calibrationScores(48, 0.95) }],
      random: calibrationScores(12, 1),
      chosen: calibrationScores(36, 0.9),
      conformal: [
        { level: 0.5, wells_needed: 1, multiplier: 0.7, claimed: 0.674 },
        { level: 0.8, wells_needed: 4, multiplier: 1.3, claimed: 1.282 },
        { level: 0.9, wells_needed: 9, multiplier: 1.9, claimed: 1.645 },
        { level: 0.95, wells_needed: 19, multiplier: null, claimed: 1.96 },
      ],
    },
    ...change,
  };
}
