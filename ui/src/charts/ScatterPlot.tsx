import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { fixed } from "../format/number";
import { shapePath } from "./marks";
import type { Mark } from "./palette";
import {
  type Extent,
  finderOf,
  MARGIN,
  mixedOrder,
  type Plane,
  type Point,
  planeOf,
  ticksOf,
  toX,
  toY,
} from "./scatter";

type Props = {
  points: readonly Point[];
  /** The mark of the point with this number. */
  mark: (i: number) => Mark;
  /** Points drawn pale, behind the others. */
  faded?: (i: number) => boolean;
  /** What the pointer is told about a point. */
  describe: (i: number) => { title: string; text: string };
  xLabel: string;
  yLabel: string;
  /** The picture in one sentence. */
  label: string;
  width: number;
  height?: number;
  /** Places of dashed lines: up and down at an x, across at a y. */
  guides?: { x?: number; y?: number };
};

/** Points on a canvas, axes around them, and a word on the point under the pointer. */
export function ScatterPlot(props: Props) {
  const { points, describe, xLabel, yLabel, label, width, height = 460, guides } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const plane = useMemo(() => planeOf(points, width, height), [points, width, height]);
  const places = useMemo(
    () => points.map(([x, y]) => [toX(plane, x), toY(plane, y)] as const),
    [points, plane],
  );
  const find = useMemo(() => finderOf(places), [places]);
  const place = hovered === null ? undefined : places[hovered];

  const look = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setHovered(find(event.clientX - box.left, event.clientY - box.top));
  };

  return (
    <div
      style={{ position: "relative", width, height }}
      onPointerMove={look}
      onPointerDown={look}
      onPointerLeave={() => setHovered(null)}
    >
      <Axes plane={plane} xLabel={xLabel} yLabel={yLabel} guides={guides} />
      <Points {...props} places={places} height={height} label={label} />
      {place && hovered !== null && <Hover place={place} width={width} words={describe(hovered)} />}
    </div>
  );
}

type PointsProps = Props & { places: readonly Point[]; height: number };

function Points({ places, mark, faded, label, width, height }: PointsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const order = useMemo(() => mixedOrder(places.length), [places.length]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const density = window.devicePixelRatio || 1;
    const radius = places.length > 4000 ? 2.4 : places.length > 800 ? 3 : 3.8;
    const outlines = new Map<string, Path2D>();
    const outline = (shape: Mark["shape"]) => {
      const known = outlines.get(shape) ?? new Path2D(shapePath(shape, radius));
      outlines.set(shape, known);
      return known;
    };
    const draw = (i: number, pale: boolean) => {
      const [x, y] = places[i] ?? [0, 0];
      const { colour, shape } = mark(i);
      context.setTransform(density, 0, 0, density, x * density, y * density);
      context.globalAlpha = pale ? 0.12 : 0.82;
      context.fillStyle = colour;
      context.fill(outline(shape));
    };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width * density, height * density);
    for (const i of order) if (faded?.(i)) draw(i, true);
    for (const i of order) if (!faded?.(i)) draw(i, false);
  }, [places, mark, faded, order, width, height]);
  const density = window.devicePixelRatio || 1;
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      width={Math.round(width * density)}
      height={Math.round(height * density)}
      style={{ position: "absolute", inset: 0, width, height }}
    />
  );
}

/** Tick numbers with the decimals their distance needs. */
function tickWords(ticks: readonly number[]): string[] {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return ticks.map((tick) => fixed(tick, digits));
}

type AxesProps = { plane: Plane; guides: Props["guides"]; xLabel: string; yLabel: string };

const inside = (x: number | undefined, { low, high }: Extent): x is number =>
  x !== undefined && x >= low && x <= high;

function Axes({ plane, guides, xLabel, yLabel }: AxesProps) {
  const { width, height } = plane;
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
  const across = ticksOf(plane.x, Math.max(2, Math.round(width / 120)));
  const up = ticksOf(plane.y, Math.max(2, Math.round(height / 90)));
  const [acrossWords, upWords] = [tickWords(across), tickWords(up)];
  return (
    <svg
      width={width}
      height={height}
      aria-hidden="true"
      style={{ position: "absolute", inset: 0, fontSize: 12.5 }}
      fill="currentColor"
    >
      {across.map((tick, i) => (
        <g key={tick} transform={`translate(${toX(plane, tick)} 0)`}>
          <line y1={top} y2={bottom} stroke="var(--chart-grid)" />
          <text y={bottom + 17} textAnchor="middle">
            {acrossWords[i]}
          </text>
        </g>
      ))}
      {up.map((tick, i) => (
        <g key={tick} transform={`translate(0 ${toY(plane, tick)})`}>
          <line x1={left} x2={right} stroke="var(--chart-grid)" />
          <text x={left - 7} dy="0.32em" textAnchor="end">
            {upWords[i]}
          </text>
        </g>
      ))}
      {inside(guides?.x, plane.x) && (
        <line
          x1={toX(plane, guides.x)}
          x2={toX(plane, guides.x)}
          y1={top}
          y2={bottom}
          stroke="var(--well-edge)"
          strokeDasharray="4 3"
        />
      )}
      {inside(guides?.y, plane.y) && (
        <line
          x1={left}
          x2={right}
          y1={toY(plane, guides.y)}
          y2={toY(plane, guides.y)}
          stroke="var(--well-edge)"
          strokeDasharray="4 3"
        />
      )}
      <text x={(left + right) / 2} y={height - 8} textAnchor="middle" fontWeight={600}>
        {xLabel}
      </text>
      <text
        transform={`translate(13 ${(top + bottom) / 2}) rotate(-90)`}
        textAnchor="middle"
        fontWeight={600}
      >
        {yLabel}
      </text>
    </svg>
  );
}

type HoverProps = { place: Point; width: number; words: { title: string; text: string } };

function Hover({ place: [x, y], width, words }: HoverProps) {
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 };
  return (
    <>
      <span className="scatter-ring" style={{ left: x, top: y }} />
      <div className="scatter-tip" style={{ ...side, top: Math.max(0, y - 26) }}>
        <strong>{words.title}</strong>
        <div>{words.text}</div>
      </div>
    </>
  );
}
