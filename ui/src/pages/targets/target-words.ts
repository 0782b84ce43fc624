import type { Target } from "../../api/types";
import type { Interval } from "../../charts/interval";
import { count, NOTHING, percent, plusMinus, signed } from "../../format/number";
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

/** Everything known about a candidate, as name and words. */
export function targetFacts(t: Target): [string, string][] {
  const facts: [string, string][] = [
    ["Rank", `${count(t.rank)}, by what the planner thinks now`],
    ["Ensembl id", t.ensembl_id ?? NOTHING],
    ["Knock-out, in silico", shiftWords(knockOut(t))],
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
