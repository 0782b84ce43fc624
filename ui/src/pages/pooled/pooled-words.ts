import type { CloningEnzyme, PooledNumbers, PooledReport, PooledSettings } from "../../api/types";
import { count, fixed, percent, plural } from "../../format/number";

/** A count of cells or reads: `1.66 million`, `430,000`. */
export function many(n: number): string {
  return n >= 1e6 ? `${fixed(n / 1e6, 2)} million` : count(n);
}

/** An amount of money in the campaign's unit. */
export function money(n: number): string {
  return Number.isInteger(n) ? count(n) : fixed(n, 2);
}

/** What a pooled round needs, one sentence each. */
export function needs(s: PooledSettings, n: PooledNumbers): { title: string; text: string }[] {
  const controls = [
    s.non_targeting ? `${count(s.non_targeting)} non-targeting` : "",
    s.safe_targeting ? `${count(s.safe_targeting)} safe-targeting` : "",
  ].filter(Boolean);
  const library = [`${count(s.genes)} genes × ${count(s.guides_per_gene)}`, ...controls];
  const each = (s.replicates ?? 1) > 1 ? " for each replicate" : "";
  const bins = s.bins ?? 0;
  const sorted = bins > 0 ? `; sort ${many(n.cells_per_bin)} into each of ${bins} bins` : "";
  return [
    { title: `${count(n.guides)} guides`, text: `${library.join(" + ")}.` },
    {
      title: `${many(n.cells_to_infect)} cells to infect${each}`,
      text:
        `${count(n.guides)} guides × ${count(s.coverage)} cells / ${percent(n.infected_fraction)} ` +
        `infected at MOI ${s.moi}; of these ${percent(n.single_fraction)} carry one guide.`,
    },
    {
      title: `${many(n.cells_per_passage)} cells to keep at every passage`,
      text: `${count(n.guides)} guides × ${count(s.coverage)} cells${each}${sorted}.`,
    },
    {
      title: `${many(n.reads_in_all)} reads`,
      text: `${many(n.plasmid_reads)} of the plasmid pool, ${many(n.reads_per_sample)} of each of ${plural(n.samples, "sample")}.`,
    },
    { title: `Costs ${money(n.cost)}`, text: costWords(s, n) },
  ];
}

function costWords(s: PooledSettings, n: PooledNumbers): string {
  const { cost_per_guide: oligo = 0, cost_per_million_cells: cells = 0 } = s;
  if (oligo === 0 && cells === 0) return "No prices are given; fill them in under Cells and money.";
  return `${count(n.guides)} oligos at ${money(oligo)}, ${many(n.cells_to_infect_in_all)} cells at ${money(cells)} a million.`;
}

export const ENZYMES: Record<CloningEnzyme, string> = {
  bsmbi: "BsmBI (CGTCTC)",
  bbsi: "BbsI (GAAGAC)",
  both: "BsmBI and BbsI",
  none: "none (Gibson assembly)",
};

/** What a table was recognised as. */
export function tableWords(report: PooledReport): string {
  if (report.method === "test") return "MAGeCK test (RRA), both sides kept apart";
  const { conditions } = report;
  return `MAGeCK MLE, ${plural(conditions.length, "condition")}: ${conditions.join(", ")}`;
}

/** Where the effects' zero and one come from. */
export function scaleWords(report: PooledReport): string {
  const { scale } = report;
  if (!scale) return "";
  const from = scale.from_controls
    ? `the ${count(scale.rows)} control rows`
    : `all ${count(scale.rows)} genes (fewer than 8 control rows)`;
  return `Effects are put on a scale by median ${fixed(scale.median, 3)} and MAD ${fixed(scale.mad, 3)} of ${from}.`;
}

/** What the control rows say about the calls. */
export function controlWords(report: PooledReport): string {
  const { controls } = report;
  if (controls.length === 0)
    return "The table has no control row; nothing shows how often chance alone calls a hit.";
  const called = controls.filter((control) => control.hit).length;
  const rows = plural(controls.length, "control row");
  return called === 0
    ? `${rows}, none called a hit.`
    : `${rows}, ${count(called)} called a hit: a false positive by definition. Be careful with hits as weak as that.`;
}
