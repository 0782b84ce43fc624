import type { Plate, Well } from "../api/types";
import { signed } from "../format/number";

/** Row letters: A … Z, AA … AF. */
export function rowName(row: number): string {
  const letter = String.fromCharCode(65 + (row % 26));
  return row < 26 ? letter : String.fromCharCode(64 + Math.floor(row / 26)) + letter;
}

/** Canonical well name, for example `B07`. */
export function wellName(row: number, column: number): string {
  return rowName(row) + String(column + 1).padStart(2, "0");
}

export type Place = { row: number; column: number };

/** Where a key moves to from a well; `null` when the key does not move. */
export function moved(
  from: Place,
  key: string,
  rows: number,
  columns: number,
  ctrl = false,
): Place | null {
  const { row, column } = from;
  switch (key) {
    case "ArrowUp":
      return { row: Math.max(0, row - 1), column };
    case "ArrowDown":
      return { row: Math.min(rows - 1, row + 1), column };
    case "ArrowLeft":
      return { row, column: Math.max(0, column - 1) };
    case "ArrowRight":
      return { row, column: Math.min(columns - 1, column + 1) };
    case "Home":
      return ctrl ? { row: 0, column: 0 } : { row, column: 0 };
    case "End":
      return ctrl ? { row: rows - 1, column: columns - 1 } : { row, column: columns - 1 };
    default:
      return null;
  }
}

/** Wells by their name. */
export function wellsByName(plate: Plate): Map<string, Well> {
  return new Map(plate.wells.map((well) => [well.well, well]));
}

/** What a well holds, in words. */
export function contentWords(well: Well | undefined): string {
  const name = well?.symbol;
  switch (well?.content) {
    case "candidate":
      return `${name ?? "candidate"} knock-out`;
    case "non_targeting":
      return name ? `${name}, non-targeting control` : "non-targeting control";
    case "positive":
      return name ? `${name}, positive control` : "positive control";
    case "untreated":
      return "untreated cells";
    default:
      return "empty";
  }
}

/** The whole well in words: `B07, KLF4 knock-out, robust z +4.1, hit`. */
export function wellLabel(name: string, well: Well | undefined): string {
  const parts = [name, contentWords(well)];
  if (!well || well.content === "empty") return parts.join(", ");
  if (typeof well.robust_z === "number")
    parts.push(`robust z ${signed(well.robust_z, 1).replace("+", "")}`);
  else if (typeof well.value === "number") parts.push("measured");
  else parts.push("planned");
  if (well.hit) parts.push("hit");
  return parts.join(", ");
}

/** Strength of a well's colour from its robust z, 0 to 1; full at |z| = 6. */
export function strength(z: number | null | undefined): number {
  return typeof z === "number" && Number.isFinite(z) ? Math.min(1, Math.abs(z) / 6) : 0;
}
