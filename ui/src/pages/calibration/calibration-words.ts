import type { CalibrationReport, CalibrationScores, ConformalInterval } from "../../api/types";
import type { Tone } from "../../components/Badge";
import { fixed, percent, plural, probability } from "../../format/number";

/** The verdict as a badge. */
export const VERDICT: Record<CalibrationReport["verdict"], [Tone, string]> = {
  about_right: ["good", "about right"],
  too_narrow: ["warn", "too narrow"],
  too_wide: ["warn", "too wide"],
  too_few: ["plain", "too few results to judge"],
};

/** What the factor on the sds means. */
export function factorWords(factor: number | null | undefined): string {
  if (typeof factor !== "number") {
    return "A factor that would correct the sds needs at least eight measured genes.";
  }
  const times = fixed(factor, 2);
  if (factor > 1.1) {
    return `The predictions were too sure: sds ${times} times as large would have fitted the measurements.`;
  }
  if (factor < 0.9) {
    return `The predictions were too careful: sds ${times} times as large would have fitted the measurements.`;
  }
  return `The sds fit: the factor that would correct them is ${times}.`;
}

/** What the histogram says. */
export function pitWords({ ks, ks_p }: CalibrationScores["pit"]): string {
  const fits = ks_p >= 0.05 ? "as chance allows" : "farther than chance allows";
  return `Flat is honest; high ends are intervals that are too narrow, a high middle too wide ones, a slope a mean that is off. From flat it is ${fits} (Kolmogorov-Smirnov distance ${fixed(ks, 2)}, p ${probability(ks_p)}).`;
}

/** Expected and found hits in words. */
export function hitWords({ expected, low, high, found }: CalibrationScores["hits"]): string {
  const inside = found >= low && found <= high;
  return `${fixed(expected, 1)} hits expected, ${found} found; ${low} to ${high} is what the probabilities allow${inside ? "." : found < low ? ": they were too high." : ": they were too low."}`;
}

/** What the probabilities are worth. */
export function brierWords({ brier, brier_of_base_rate }: CalibrationScores["hits"]): string {
  const better = brier < brier_of_base_rate;
  return `Brier score ${fixed(brier, 3)}, ${better ? "better" : "not better"} than the ${fixed(brier_of_base_rate, 3)} of giving every gene the share of hits.`;
}

/** One level of the conformal intervals. */
export function conformalWords(
  { level, multiplier, claimed, wells_needed }: ConformalInterval,
  wells: number,
): string {
  if (typeof multiplier !== "number") {
    return `needs ${plural(wells_needed, "random gene")}, there are ${wells}`;
  }
  return `mean ± ${fixed(multiplier, 2)} sd (the prediction claims ± ${fixed(claimed, 2)} sd) holds at least ${percent(level)} of genes drawn at random`;
}
