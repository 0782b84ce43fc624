import type { Campaign } from "../../api/types";

/** Scores that picks can be chosen by, as the select shows them; the default first. */
export const ACQUISITIONS: { value: Campaign["acquisition"]; label: string }[] = [
  { value: "upper_confidence_bound", label: "effect + uncertainty (default)" },
  { value: "probability_of_hit", label: "chance of a called hit" },
  { value: "optimistic_hit", label: "chance of a hit, optimistic" },
  { value: "expected_hits", label: "most hits in this round" },
  { value: "log_expected_improvement", label: "improvement over the best" },
  { value: "greedy", label: "effect only" },
  { value: "thompson", label: "Thompson sampling" },
  { value: "straddle", label: "unclear near the threshold" },
  { value: "rank_threshold", label: "chance of the top ranks" },
  { value: "top_k", label: "among the best, by samples" },
  { value: "max_variance", label: "uncertainty only" },
  { value: "bald", label: "information gained" },
  { value: "k_centre", label: "cover the genes: k-centre" },
  { value: "k_means_plus_plus", label: "cover the genes: k-means++" },
  { value: "dpp", label: "good and unlike each other" },
];
