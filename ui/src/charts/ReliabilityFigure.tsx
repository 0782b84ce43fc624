import * as Plot from "@observablehq/plot";
import { useCallback } from "react";
import type { CalibrationScores } from "../api/types";
import { percent, plural } from "../format/number";
import { PlotHost } from "./PlotHost";

type Hits = CalibrationScores["hits"];

const share = (x: number) => `${Math.round(100 * x)} %`;

function plot({ bins }: Hits, width: number) {
  return Plot.plot({
    width: Math.min(width, 520),
    height: 320,
    marginLeft: 56,
    marginBottom: 42,
    marginRight: 30,
    style: { fontSize: "13px", background: "none", fontFamily: "inherit" },
    x: {
      label: "Predicted probability of a hit",
      domain: [0, 1],
      labelAnchor: "center",
      labelArrow: "none",
      ticks: 5,
      tickFormat: share,
    },
    y: {
      label: "Share that were hits",
      domain: [0, 1],
      labelArrow: "none",
      ticks: 5,
      tickFormat: share,
    },
    r: { range: [0, 14], domain: [0, Math.max(1, ...bins.map((bin) => bin.wells))] },
    marks: [
      Plot.gridY({ stroke: "var(--chart-grid)", strokeOpacity: 1 }),
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: "var(--chart-random)", strokeDasharray: "5 4" },
      ),
      Plot.ruleX(bins, {
        x: "predicted",
        y1: "low",
        y2: "high",
        stroke: "var(--chart-band)",
        strokeWidth: 10,
      }),
      Plot.dot(bins, {
        x: "predicted",
        y: "observed",
        r: "wells",
        fill: "var(--chart-line)",
        fillOpacity: 0.85,
        stroke: "var(--surface)",
      }),
      Plot.text(bins, {
        x: "predicted",
        y: "observed",
        text: (bin: Hits["bins"][number]) => `${bin.wells}`,
        dx: 20,
        fill: "currentColor",
        stroke: "var(--surface)",
        strokeWidth: 4,
      }),
    ],
  });
}

/** Reliability diagram of the hit probabilities. */
export function ReliabilityFigure({ hits }: { hits: Hits }) {
  const draw = useCallback((width: number) => plot(hits, width), [hits]);
  const words = hits.bins.map(
    (bin) =>
      `${plural(bin.wells, "gene")} at ${percent(bin.predicted)}: ${percent(bin.observed)} were hits`,
  );
  const legend = (
    <>
      <span>
        <svg width="14" height="14" aria-hidden="true">
          <circle cx="7" cy="7" r="5.5" fill="var(--chart-line)" />
        </svg>
        genes with about this probability, and how many
      </span>
      <span>
        <svg width="10" height="14" aria-hidden="true">
          <rect width="10" height="14" fill="var(--chart-band)" />
        </svg>
        how far chance takes an honest probability (95 %)
      </span>
    </>
  );
  return <PlotHost draw={draw} label={`${words.join("; ")}.`} legend={legend} width={520} />;
}
