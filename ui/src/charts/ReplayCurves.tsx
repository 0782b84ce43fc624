import { useComputedColorScheme } from "@mantine/core";
import * as Plot from "@observablehq/plot";
import { useCallback } from "react";
import type { ReplayReport } from "../api/types";
import { PlotHost } from "./PlotHost";
import type { Scheme } from "./palette";
import {
  chanceBand,
  curvesLabel,
  replayPoints,
  roundTicks,
  spread,
  strokeOf,
} from "./replay-curves";

const HEIGHT = 380;
const GAP_PX = 15;

function plot(report: ReplayReport, scheme: Scheme, width: number) {
  const band = chanceBand(report);
  const lines = report.strategies.map((strategy, place) => ({
    name: strategy.name,
    points: replayPoints(strategy, report.batch),
    ...strokeOf(place, strategy.name, scheme),
  }));
  const highest = lines.flatMap((line) => line.points.map((p) => p.high));
  const top = Math.min(1, Math.max(0.04, ...highest, ...band.map((b) => b.high)) * 1.06);
  const gap = (GAP_PX / (HEIGHT - 70)) * top;
  const ends = lines.map((line) => line.points.at(-1)?.share ?? 0);
  const heights = spread(ends, gap, top);
  const last = report.rounds * report.batch;
  const labels = lines.map((line, i) => ({ ...line, genes: last, share: heights[i] }));
  return Plot.plot({
    width,
    height: HEIGHT,
    marginLeft: 52,
    marginBottom: 42,
    marginRight: 66,
    style: { fontSize: "13px", background: "none", fontFamily: "inherit" },
    x: {
      label: "Genes tried",
      domain: [0, last],
      ticks: roundTicks(report, width),
      tickFormat: (genes: number) => String(genes),
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: {
      label: "Share of all hits found",
      domain: [0, top],
      labelArrow: "none",
      ticks: 6,
      tickFormat: (share: number) => `${Math.round(share * 1000) / 10} %`,
    },
    marks: [
      Plot.gridY({ stroke: "var(--chart-grid)", strokeOpacity: 1 }),
      Plot.areaY(band, {
        x: "genes",
        y1: "low",
        y2: "high",
        fill: "var(--chart-band)",
        fillOpacity: 0.65,
      }),
      // The ribbon says exactly what the band of a few random replays would say roughly.
      ...lines
        .filter((line) => line.name !== "random")
        .map((line) =>
          Plot.areaY(line.points, {
            x: "genes",
            y1: "low",
            y2: "high",
            fill: line.colour,
            fillOpacity: 0.13,
          }),
        ),
      ...lines.flatMap((line) => [
        Plot.lineY(line.points, {
          x: "genes",
          y: "share",
          stroke: line.colour,
          strokeWidth: line.name === "default" ? 3 : 2,
          strokeDasharray: line.dash,
        }),
        Plot.dot(line.points.slice(1), {
          x: "genes",
          y: "share",
          r: 3.5,
          fill: line.colour,
          stroke: "var(--surface)",
        }),
      ]),
      Plot.text(labels, {
        x: "genes",
        y: "share",
        text: "name",
        dx: 8,
        textAnchor: "start",
        fill: "currentColor",
        fontWeight: 600,
      }),
    ],
  });
}

function Key({ colour, dash }: { colour: string; dash: string }) {
  return (
    <svg width="30" height="12" aria-hidden="true">
      <path d="M1 6H29" stroke={colour} strokeWidth="2.5" strokeDasharray={dash} />
    </svg>
  );
}

/** Share of hits by genes tried: mean over seeds with its interval, over what chance finds. */
export function ReplayCurves({ report }: { report: ReplayReport }) {
  const scheme = useComputedColorScheme("light");
  const draw = useCallback((width: number) => plot(report, scheme, width), [report, scheme]);
  const legend = (
    <>
      {report.strategies.map((strategy, place) => (
        <span key={strategy.name}>
          <Key {...strokeOf(place, strategy.name, scheme)} />
          {strategy.name}
        </span>
      ))}
      <span>
        <svg width="26" height="12" aria-hidden="true">
          <rect width="26" height="12" fill="var(--chart-band)" opacity="0.65" />
        </svg>
        chance, 5–95 %
      </span>
    </>
  );
  return <PlotHost draw={draw} label={curvesLabel(report)} legend={legend} />;
}
