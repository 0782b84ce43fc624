import type { Plate, WellContent } from "../api/types";
import { Glyph } from "./WellTile";

const KINDS: [WellContent, string][] = [
  ["candidate", "candidate"],
  ["non_targeting", "non-targeting control"],
  ["positive", "positive control"],
  ["untreated", "untreated"],
];

/** What the shapes, colours and rings of a plate map mean. */
export function PlateLegend({ plate }: { plate: Plate }) {
  const present = KINDS.filter(([content]) => plate.wells.some((w) => w.content === content));
  const measured = plate.wells.some((w) => typeof w.robust_z === "number");
  return (
    <div className="legend">
      {present.map(([content, words]) => (
        <span key={content}>
          <svg width="12" height="12" aria-hidden="true">
            <Glyph content={content} size={12} />
          </svg>
          {words} ({plate.wells.filter((w) => w.content === content).length})
        </span>
      ))}
      {measured && (
        <>
          <span>
            <svg width="18" height="14" aria-hidden="true">
              <rect
                x="1.5"
                y="1.5"
                width="15"
                height="11"
                rx="3"
                fill="none"
                stroke="var(--chart-hit)"
                strokeWidth="2.4"
              />
            </svg>
            hit
          </span>
          <span>
            <svg width="54" height="14" aria-hidden="true">
              <rect width="18" height="14" fill="rgba(var(--well-down), 0.55)" />
              <rect
                x="18"
                width="18"
                height="14"
                fill="var(--well-paper)"
                stroke="var(--well-edge)"
                strokeWidth="0.5"
              />
              <rect x="36" width="18" height="14" fill="rgba(var(--well-up), 0.55)" />
            </svg>
            robust z −6 … 0 … +6
          </span>
        </>
      )}
    </div>
  );
}
