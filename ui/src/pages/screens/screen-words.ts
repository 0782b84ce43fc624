import type { ScreenEstimate, ScreenOrder, ScreenSummary } from "../../api/types";
import type { Tone } from "../../components/Badge";
import { bytes, compact, count, plural } from "../../format/number";
import { duration } from "../../format/time";

const STATE: Record<string, [Tone, string]> = {
  waiting: ["plain", "waiting"],
  running: ["busy", "running"],
  done: ["good", "done"],
  failed: ["bad", "failed"],
  cancelled: ["warn", "cancelled"],
};

export const stateWords = (state: string): [Tone, string] => STATE[state] ?? ["plain", state];

/** `knock_out` as people say it; grades keep their percentile. */
export function perturbationWords(kind: string): string {
  const [verb, grade] = kind.split(/_(?=\d)/);
  if (kind === "knock_out") return "knock-out";
  if (kind === "over_expression") return "over-expression";
  if (verb === "inhibit") return `inhibition to the ${grade}th percentile`;
  if (verb === "activate") return `activation to the ${grade}th percentile`;
  return kind;
}

/** A server's sentence with the perturbations as people write them. */
export const readable = (text: string) =>
  text.replaceAll("knock_out", "knock-out").replaceAll("over_expression", "over-expression");

/** Which genes an order perturbs. */
export function targetsWords({ targets }: ScreenOrder): string {
  switch (targets.kind) {
    case "all":
      return "every expressed gene";
    case "transcription_factors":
      return "transcription factors";
    case "each":
      return plural(targets.genes.length, "gene");
    case "group":
      return `${plural(targets.genes.length, "gene")} together`;
    case "pairs":
      return `all pairs of ${plural(targets.genes.length, "gene")}`;
    case "anchor":
      return targets.genes
        ? `${targets.anchor} with each of ${plural(targets.genes.length, "gene")}`
        : `${targets.anchor} with every expressed gene`;
  }
}

/** From where to where the cells should move. */
export function statesWords({ start, goal }: ScreenOrder): string {
  return goal ? `${start.value} → ${goal.value}` : `${start.value}, no goal`;
}

/** Where the effect points, for axis and columns. */
export const effectWords = (order: ScreenOrder) =>
  order.goal ? `shift towards ${order.goal.value}` : "cosine to the original cell";

/** What a screen costs: `12,000 forward passes, about 8 min (7 min to 12 min), 0.4 GB`. */
export function costWords(estimate: ScreenEstimate): string {
  const { seconds, seconds_low, seconds_high } = estimate;
  const time =
    typeof seconds === "number"
      ? seconds < 1
        ? "about a second"
        : `about ${duration(seconds)} (${duration(seconds_low)} to ${duration(seconds_high)})`
      : "time not known yet";
  return `${compact(estimate.n_forwards)} forward passes, ${time}, ${bytes(estimate.memory_bytes)} of memory`;
}

/** What is screened: `12 cells × 40 targets`. */
export function sizeWords(estimate: ScreenEstimate): string {
  const nulls = estimate.n_null > 0 ? ` and ${plural(estimate.n_null, "null cell")}` : "";
  return `${plural(estimate.n_cells, "cell")}${nulls} × ${plural(estimate.n_targets, "target")}, cells of up to ${count(estimate.longest)} tokens`;
}

/** How far a screen is, 0 to 1; `null` until it is planned. */
export const shareDone = ({ n_shards, shards_done }: ScreenSummary) =>
  n_shards > 0 ? shards_done / n_shards : null;
