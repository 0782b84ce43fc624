import type { Plate } from "../../api/types";

/** Lines that fit under a plate on its sheet. */
export const MOST_LINES = 100;

/**
 * What to pipette, a line for every source well; where these are more than a sheet holds, a line
 * for every source plate. Without a library: which control is in which wells.
 */
export function reagentLines(plate: Plate): string[] {
  if (plate.reagents.length === 0) return controlLines(plate);
  const bySource = new Map<string, { words: string; wells: string[] }>();
  for (const use of plate.reagents) {
    const lot = use.lot ? `, lot ${use.lot}` : "";
    const key = `${use.source_plate} ${use.source_well}`;
    const words = `${key} ${use.guide_id}${lot}, ${use.volume_ul} µl`;
    const line = bySource.get(key) ?? { words, wells: [] };
    line.wells.push(use.well);
    bySource.set(key, line);
  }
  if (bySource.size > MOST_LINES) return plateLines(plate);
  return [...bySource.values()].map(({ words, wells }) => `${words} → ${wells.join(", ")}`);
}

function plateLines(plate: Plate): string[] {
  const plates = new Map<string, { wells: number; volume: number }>();
  for (const use of plate.reagents) {
    const sum = plates.get(use.source_plate) ?? { wells: 0, volume: 0 };
    plates.set(use.source_plate, { wells: sum.wells + 1, volume: sum.volume + use.volume_ul });
  }
  return [...plates].map(
    ([name, { wells, volume }]) =>
      `${name}: ${wells} transfers, ${Number(volume.toFixed(3))} µl in all`,
  );
}

function controlLines(plate: Plate): string[] {
  const controls = new Map<string, string[]>();
  for (const well of plate.wells) {
    if (well.content === "candidate" || well.content === "empty") continue;
    const name = well.symbol ?? "untreated cells";
    controls.set(name, [...(controls.get(name) ?? []), well.well]);
  }
  return [...controls].map(([name, wells]) => `${name} → ${wells.join(", ")}`);
}
