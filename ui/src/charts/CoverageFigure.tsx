import * as Plot from "@observablehq/plot";
import { useCallback } from "react";
import type { CalibrationScores } from "../api/types";
import { percent } from "../format/number";
import { PlotHost } from "./PlotHost";

const share = (x: number) => `${Math.round(100 * x)} %`;

function plot({ raw, corrected }: CalibrationScores, width: number) {
  const rows = raw.coverage.map((c) => ({ ...c, claimed: share(c.level) }));
  const mended = (corrected?.coverage ?? []).map((c) => ({ ...c, claimed: share(c.level) }));
  return Plot.plot({
    width,
    height: 230,
    marginLeft: 66,
    marginBottom: 42,
    marginRight: 24,
    style: { fontSize: "13px", background: "none", fontFamily: "inherit" },
    x: {
      label: "Measurements inside",
      domain: [0, 1],
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: share,
    },
    y: { label: null, domain: rows.map((row) => row.claimed) },
    marks: [
      Plot.gridX({ stroke: "var(--chart-grid)", strokeOpacity: 1 }),
      Plot.ruleY(rows, {
        y: "claimed",
        x1: "low",
        x2: "high",
        stroke: "var(--chart-band)",
        strokeWidth: 14,
      }),
      Plot.tickX(rows, { x: "level", y: "claimed", stroke: "var(--chart-random)", strokeWidth: 2 }),
      Plot.dot(mended, {
        x: "covered",
        y: "claimed",
        r: 6,
        stroke: "var(--chart-hit)",
        strokeWidth: 2,
        symbol: "diamond",
      }),
      Plot.dot(rows, {
        x: "covered",
        y: "claimed",
        r: 6,
        fill: "var(--chart-line)",
        stroke: "var(--surface)",
      }),
    ],
  });
}

const words = ({ raw }: CalibrationScores) =>
  raw.coverage
    .map((c) => `${share(c.level)} intervals held ${percent(c.covered)} of the measurements`)
    .join("; ");

/** How often intervals of each level held the measurement. */
export function CoverageFigure({ scores }: { scores: CalibrationScores }) {
  const draw = useCallback((width: number) => plot(scores, width), [scores]);
  const legend = (
    <>
      <span>
        <svg width="14" height="14" aria-hidden="true">
          <circle cx="7" cy="7" r="5.5" fill="var(--chart-line)" />
        </svg>
        as predicted
      </span>
      {scores.corrected && (
        <span>
          <svg width="16" height="16" aria-hidden="true">
            <path d="M8 1L14 8L8 15L2 8Z" fill="none" stroke="var(--chart-hit)" strokeWidth="2" />
          </svg>
          with the corrected sd
        </span>
      )}
      <span>
        <svg width="26" height="14" aria-hidden="true">
          <rect width="26" height="14" fill="var(--chart-band)" />
          <path d="M13 0V14" stroke="var(--chart-random)" strokeWidth="2" />
        </svg>
        what is claimed, and how far chance takes it (95 %)
      </span>
    </>
  );
  return <PlotHost draw={draw} label={`${words(scores)}.`} legend={legend} />;
}
