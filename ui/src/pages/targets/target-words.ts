import type { Target } from "../../api/types";
import type { Interval } from "../../charts/interval";
import { count, NOTHING, percent, plusMinus, probability, signed } from "../../format/number";
import { knockOut, overExpression } from "./target-intervals";

function shiftWords(interval: Interval): string {
  if (typeof interval.mean !== "number") return "not computed";
  const way =
    interval.mean > 0
      ? "towards the goal state"
      : interval.mean < 0
        ? "away from the goal state"
        : "neither way";
  const whisker =
    typeof interval.low === "number" && typeof interval.high === "number"
      ? `, 95 % interval ${signed(interval.low, 4)} to ${signed(interval.high, 4)}`
      : "";
  return `${signed(interval.mean, 4)} (${way}${whisker})`;
}

function resultWords(t: Target): string {
  if (typeof t.robust_z !== "number") {
    return t.round_number ? `waits for the results of round ${t.round_number}` : "not measured";
  }
  const call = t.hit === true ? "called a hit" : t.hit === false ? "not a hit" : "no call";
  return `robust z ${signed(t.robust_z, 2)}, ${call}`;
}

/** Whether a gene may be put into the next round: neither picked before nor measured. */
export const canAdd = (t: Target) =>
  typeof t.round_number !== "number" && typeof t.robust_z !== "number";

/** Who agrees on the knock-out: `3 / 3 donors`, `2 / 2 families`. */
export function agreementWords(t: Target): string[] {
  const words: string[] = [];
  if (typeof t.knock_out_donors === "number")
    words.push(`${count(t.knock_out_donors_agreeing)} / ${count(t.knock_out_donors)} donors`);
  // The campaign's own family alone agrees with itself.
  if (typeof t.families === "number" && t.families > 1)
    words.push(`${count(t.families_agreeing)} / ${count(t.families)} families`);
  return words;
}

/** Everything known about a candidate, as name and words. */
export function targetFacts(t: Target): [string, string][] {
  const facts: [string, string][] = [
    ["Rank", `${count(t.rank)}, by what the planner thinks now`],
    ["Ensembl id", t.ensembl_id ?? NOTHING],
    ["Knock-out, in silico", shiftWords(knockOut(t))],
    ["q of the knock-out", probability(t.knock_out_q)],
    ["Agree on it", agreementWords(t).join(", ") || NOTHING],
    ["Cells with the knock-out", count(t.knock_out_cells)],
    ["Over-expression, in silico", shiftWords(overExpression(t))],
    ["Screened cells that show the gene", percent(t.coverage)],
    ["Expected effect", `${plusMinus(t.mean, t.sd)}, in sd of the measured genes`],
    ["Probability of a hit", percent(t.p_hit)],
    ["Round", t.round_number ? count(t.round_number) : "not picked yet"],
    ["Result", resultWords(t)],
  ];
  if (t.excluded_reason) facts.unshift(["Set aside", t.excluded_reason]);
  return facts;
}
