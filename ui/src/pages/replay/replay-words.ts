import type { Replay, ReplayOptions, ReplayReport } from "../../api/types";
import { count, plural } from "../../format/number";

/** What a control does, as a sentence. */
export const controlWords = (control: ReplayOptions["control"]) =>
  control === "labels"
    ? "Control: every gene has another one's score and call."
    : "Control: every gene has another one's features.";

/** How a replay is played, in a line. */
export function budgetWords({
  rounds = 0,
  batch = 0,
  seeds = 0,
}: ReplayOptions | ReplayReport): string {
  return `${plural(rounds, "round")} of ${plural(batch, "gene")}, ${plural(seeds, "seed")}`;
}

/** What the strategies knew beforehand. */
export function knownWords({ readout, keywords = [], dataset_digest }: ReplayOptions): string {
  const known = [
    readout ? `the read-out ${readout}` : "",
    keywords.length > 0 ? `the keywords ${keywords.join(", ")}` : "",
    dataset_digest ? "the expression of the assay's cells" : "",
  ].filter((part) => part !== "");
  return known.length > 0
    ? `Known beforehand: ${known.join("; ")}.`
    : "Nothing about the assay was known beforehand.";
}

/** Which genes could be picked. */
export function poolWords({ exclude = [], keep_essential }: ReplayOptions): string {
  if (exclude.length > 0) return `${plural(exclude.length, "gene")} of a list left out`;
  return keep_essential ? "every gene offered" : "core-essential genes left out";
}

/** What was replayed, as a paragraph. */
export function replayedWords(report: ReplayReport, options: ReplayOptions): string {
  return `${count(report.genes)} genes of ${report.screen}, of which ${count(report.hits)} are hits (${report.hit_rule}); ${poolWords(options)}. ${budgetWords(report)}: a strategy sees a gene's score only after picking it. ${knownWords(options)}`;
}

/** How far a replay is: `12 of 40 played`. */
export function progressWords({ done, total }: Replay): string {
  return total > 0 ? `${count(done)} of ${count(total)} played` : "";
}
