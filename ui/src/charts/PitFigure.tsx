import * as Plot from "@observablehq/plot";
import { useCallback } from "react";
import type { CalibrationScores } from "../api/types";
import { PlotHost } from "./PlotHost";

type Pit = CalibrationScores["pit"];

function plot({ counts, low, high }: Pit, width: number) {
  const bins = counts.map((wells, i) => ({ wells, from: i / 10, to: (i + 1) / 10 }));
  const wells = counts.reduce((sum, n) => sum + n, 0);
  return Plot.plot({
    width,
    height: 240,
    marginLeft: 46,
    marginBottom: 42,
    style: { fontSize: "13px", background: "none", fontFamily: "inherit" },
    x: {
      label: "Place of the measurement in its prediction",
      domain: [0, 1],
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: {
      label: "Genes",
      domain: [0, Math.max(high, ...counts) * 1.1],
      labelArrow: "none",
      ticks: 5,
    },
    marks: [
      Plot.rect([0], {
        x1: 0,
        x2: 1,
        y1: low,
        y2: high,
        fill: "var(--chart-band)",
        fillOpacity: 0.6,
      }),
      Plot.rectY(bins, {
        x1: "from",
        x2: "to",
        y: "wells",
        inset: 2,
        fill: "var(--chart-line)",
        fillOpacity: 0.85,
      }),
      Plot.ruleY([wells / 10], {
        stroke: "var(--chart-random)",
        strokeDasharray: "5 4",
        strokeWidth: 1.5,
      }),
      Plot.ruleY([0], { stroke: "var(--chart-random)" }),
    ],
  });
}

/** Histogram of the probability integral transform. */
export function PitFigure({ pit }: { pit: Pit }) {
  const draw = useCallback((width: number) => plot(pit, width), [pit]);
  const label = `Genes in each tenth of their prediction, from far below to far above: ${pit.counts.join(", ")}; ${pit.low} to ${pit.high} is what chance allows.`;
  const legend = (
    <>
      <span>
        <svg width="26" height="12" aria-hidden="true">
          <path d="M1 6H25" stroke="var(--chart-random)" strokeWidth="1.5" strokeDasharray="5 4" />
        </svg>
        honest predictions
      </span>
      <span>
        <svg width="26" height="12" aria-hidden="true">
          <rect width="26" height="12" fill="var(--chart-band)" opacity="0.6" />
        </svg>
        how far chance takes one bar (95 %)
      </span>
    </>
  );
  return <PlotHost draw={draw} label={label} legend={legend} />;
}
