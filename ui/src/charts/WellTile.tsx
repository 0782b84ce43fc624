import type { Well, WellContent } from "../api/types";
import { signed } from "../format/number";
import { strength } from "./plate-grid";

type Props = { well: Well | undefined; width: number; height: number };

/** A shape for what a well holds, so that it reads without colour. */
export function Glyph({ content, size = 10 }: { content: WellContent; size?: number }) {
  const s = size;
  const ink = { stroke: "var(--well-ink)", strokeWidth: 1.3 };
  switch (content) {
    case "candidate":
      return <circle cx={s / 2} cy={s / 2} r={s / 2 - 0.6} fill="none" {...ink} />;
    case "non_targeting":
      return <rect x="0.6" y="0.6" width={s - 1.2} height={s - 1.2} fill="var(--well-ink)" />;
    case "positive":
      return (
        <path d={`M${s / 2} 0.4 L${s - 0.2} ${s - 0.6} L0.2 ${s - 0.6} Z`} fill="var(--well-ink)" />
      );
    case "untreated":
      return (
        <path d={`M1 1 L${s - 1} ${s - 1} M${s - 1} 1 L1 ${s - 1}`} {...ink} strokeWidth="1.8" />
      );
    default:
      return null;
  }
}

/** Share of its font size that a letter is wide, on the average of gene symbols. */
const LETTER = 0.64;

/**
 * The name in a well. Letters keep their height, at least 6 pt when a plate is printed on one
 * page; a name too long for its well is squeezed.
 */
function WellName({ name, width, y, size, bold }: NameProps) {
  const squeezed = name.length * size * LETTER > width - 5;
  return (
    <text
      x={width / 2}
      y={y}
      textAnchor="middle"
      fontSize={size}
      fontWeight={bold ? 650 : 400}
      fill="var(--well-ink)"
      textLength={squeezed ? width - 5 : undefined}
      lengthAdjust={squeezed ? "spacingAndGlyphs" : undefined}
    >
      {name}
    </text>
  );
}

type NameProps = { name: string; width: number; y: number; size: number; bold: boolean };

/** One well: shape, name, robust z; a ring around hits. */
export function WellTile({ well, width, height }: Props) {
  const content = well?.content ?? "empty";
  const z = well?.robust_z;
  const roomy = width >= 70;
  const tiny = width < 40;
  const glyph = roomy ? 10 : tiny ? 9 : 7;
  const colour = (z ?? 0) >= 0 ? "var(--well-up)" : "var(--well-down)";
  const symbol = well?.symbol ?? "";
  const name = symbol.length > 12 ? `${symbol.slice(0, 11)}…` : symbol;
  // Dense plates show a name or a shape; the legend and the reagents say which control it is.
  const shape = !tiny || content !== "candidate";
  return (
    <>
      <rect x="1" y="1" width={width - 2} height={height - 2} fill="transparent" />
      <rect
        className="tile"
        x="2"
        y="2"
        width={width - 4}
        height={height - 4}
        rx={tiny ? 3 : 6}
        fill="var(--well-paper)"
        stroke="var(--well-edge)"
        strokeWidth={content === "empty" ? 0.6 : 1}
        strokeDasharray={content === "empty" ? "2 3" : undefined}
      />
      {strength(z) > 0 && (
        <rect
          x="3"
          y="3"
          width={width - 6}
          height={height - 6}
          rx={tiny ? 2 : 5}
          fill={`rgba(${colour}, ${(strength(z) * 0.55).toFixed(3)})`}
        />
      )}
      {well?.hit && (
        <rect
          x="4.5"
          y="4.5"
          width={width - 9}
          height={height - 9}
          rx={tiny ? 2 : 5}
          fill="none"
          stroke="var(--chart-hit)"
          strokeWidth={roomy ? 2.6 : 1.8}
        />
      )}
      {shape && (
        <g
          transform={
            tiny
              ? `translate(${(width - glyph) / 2} ${(height - glyph) / 2})`
              : `translate(${roomy ? 9 : 5} ${roomy ? 9 : 5})`
          }
        >
          <Glyph content={content} size={glyph} />
        </g>
      )}
      {(!tiny || content === "candidate") && name && (
        <WellName
          name={name}
          width={width}
          y={roomy ? height / 2 + 8 : tiny ? height / 2 + 3.5 : height / 2 + 8}
          size={roomy ? 12 : tiny ? 9.2 : 10}
          bold={content === "candidate"}
        />
      )}
      {!tiny && content !== "empty" && (
        <rect
          className="tick"
          x={width - (roomy ? 17 : 13)}
          y={roomy ? 9 : 5}
          width={roomy ? 8 : 7}
          height={roomy ? 8 : 7}
        />
      )}
      {roomy && typeof z === "number" && (
        <text
          className="no-print"
          x={width - 10}
          y="18"
          textAnchor="end"
          fontSize="10.5"
          fill="var(--well-ink)"
        >
          {signed(z, 1)}
        </text>
      )}
    </>
  );
}
