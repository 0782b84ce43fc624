import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "react";
import type { RandomBand } from "../api/types";
import { plural } from "../format/number";
import { type CurvePoint, curveDomain, curveLabel } from "./hits-curve";

type Props = { points: readonly CurvePoint[]; band: readonly RandomBand[]; width?: number };

function plot({ points, band, width = 720 }: Props) {
  const top = curveDomain(points, band);
  const rounds = points.filter((p) => p.round > 0);
  return Plot.plot({
    width,
    height: 320,
    marginLeft: 46,
    marginBottom: 42,
    marginRight: 24,
    style: { fontSize: "13px", background: "none", fontFamily: "inherit" },
    x: {
      label: "Candidate wells used",
      domain: [0, top.wells],
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: { label: "Hits found", domain: [0, top.hits], labelArrow: "none", ticks: 6 },
    marks: [
      Plot.gridY({ stroke: "var(--chart-grid)", strokeOpacity: 1 }),
      Plot.areaY(band, {
        x: "wells",
        y1: "low",
        y2: "high",
        fill: "var(--chart-band)",
        fillOpacity: 0.65,
      }),
      Plot.lineY(band, {
        x: "wells",
        y: "expected",
        stroke: "var(--chart-random)",
        strokeDasharray: "5 4",
        strokeWidth: 1.5,
      }),
      Plot.lineY(points, {
        x: "wells",
        y: "hits",
        stroke: "var(--chart-line)",
        strokeWidth: 2.5,
        curve: "step-after",
      }),
      Plot.dot(rounds, {
        x: "wells",
        y: "hits",
        r: 5,
        fill: "var(--chart-line)",
        stroke: "var(--surface)",
        strokeWidth: 1.5,
      }),
      Plot.text(rounds, {
        x: "wells",
        y: "hits",
        text: (d: CurvePoint) => `R${d.round}: ${d.hits}`,
        dy: -14,
        textAnchor: "end",
        dx: 4,
        fill: "currentColor",
        stroke: "var(--surface)",
        strokeWidth: 4,
        fontWeight: 600,
      }),
      Plot.tip(
        rounds,
        Plot.pointerX({
          x: "wells",
          y: "hits",
          fill: "var(--surface)",
          title: (d: CurvePoint) =>
            `Round ${d.round}\n${plural(d.hits, "hit")} with ${plural(d.wells, "well")}`,
        }),
      ),
    ],
  });
}

/** Hits found against wells used, over what a random choice would find. */
export function HitsCurve({ points, band, width }: Props) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const figure = plot({ points, band, width });
    figure.setAttribute("aria-hidden", "true");
    figure.style.maxWidth = "100%";
    host.current?.replaceChildren(figure);
    return () => figure.remove();
  }, [points, band, width]);
  return (
    <div>
      <div ref={host} role="img" aria-label={curveLabel(points, band)} />
      <div className="legend" style={{ marginTop: 6 }}>
        <span>
          <svg width="26" height="12" aria-hidden="true">
            <path d="M1 10H13V3H25" fill="none" stroke="var(--chart-line)" strokeWidth="2.5" />
          </svg>
          this campaign
        </span>
        {band.length > 0 && (
          <>
            <span>
              <svg width="26" height="12" aria-hidden="true">
                <path
                  d="M1 6H25"
                  stroke="var(--chart-random)"
                  strokeWidth="1.5"
                  strokeDasharray="5 4"
                />
              </svg>
              random choice, expected
            </span>
            <span>
              <svg width="26" height="12" aria-hidden="true">
                <rect width="26" height="12" fill="var(--chart-band)" opacity="0.65" />
              </svg>
              random choice, 5–95 %
            </span>
          </>
        )}
      </div>
    </div>
  );
}
