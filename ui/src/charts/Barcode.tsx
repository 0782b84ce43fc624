import { code128Bars } from "./code128";

const QUIET = 10;

/** A plate's name as Code 128, black on white in both colour schemes so that scanners read it. */
export function Barcode({ text, height = 34 }: { text: string; height?: number }) {
  const code = code128Bars(text);
  if (!code) return null;
  const width = code.width + 2 * QUIET;
  return (
    <svg
      role="img"
      aria-label={`Barcode ${text}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width * 1.25}
      height={height * 1.25}
      shapeRendering="crispEdges"
    >
      <rect width={width} height={height} fill="#fff" />
      {code.bars.map((bar) => (
        <rect
          key={bar.x}
          x={QUIET + bar.x}
          y="2"
          width={bar.width}
          height={height - 4}
          fill="#000"
        />
      ))}
    </svg>
  );
}
