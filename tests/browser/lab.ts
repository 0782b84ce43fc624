import { readFileSync } from "node:fs";

const DATA = new URL("../../services/cli/data/", import.meta.url);

/** Negative controls, as in the demo; its SOURCE.md says why these. */
export const NEGATIVE = [
  ...["AHRR", "CCL1", "HOXA5", "HOXB1", "HOXB5", "HOXB9", "HOXC11", "HOXD1", "KLF15", "KLF5"],
  ...["MEOX2", "NCR2", "NHLH1", "NOBOX", "NR2F6", "OLIG1", "POU4F3", "PTF1A", "TBR1", "TEAD1"],
  ...["ZBTB22", "ZNF324", "ZNF423", "ZSCAN5A"],
];
export const POSITIVE = "IL2RA";

/** The cells of the demo. */
export const cells = () => readFileSync(new URL("wu2020_tcells_200.h5ad", DATA));

/** Log fold change of every knock-out of the demo's screen. */
const effects = new Map(
  readFileSync(new URL("freimer2022_il2ra.csv", DATA), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","))
    .map(([symbol = "", , lfc]) => [symbol, Number(lfc)] as const),
);

/** `count` genes of the screen, GATA3 and strong ones among them; the same for the same count. */
export function candidates(count: number): string[] {
  const strong = ["GATA3", "STAT5B", "FOXP1", "MYB", "KLF2", "MED12"];
  const taken = new Set([...NEGATIVE, POSITIVE, ...strong]);
  const others = [...effects.keys()].filter((s) => /^[A-Z0-9]+$/.test(s) && !taken.has(s)).sort();
  const wanted = count - strong.length;
  const spread = Array.from(
    { length: wanted },
    (_, i) => others[Math.floor((i * others.length) / wanted)] ?? "",
  );
  return [...strong, ...spread];
}

export type Well = { well: string; content: string; symbol: string | null };
export type Plate = { id: string; barcode: string; wells: Well[] };

/** The lab's results file of a plate. */
export function measure(plate: Plate): string {
  const rows = plate.wells
    .filter((well) => well.symbol !== null)
    .map((well) => {
      const effect = effects.get(well.symbol ?? "");
      if (effect === undefined) throw new Error(`the lab does not know ${well.symbol}`);
      const shown = well.content === "candidate" ? well.symbol : "";
      return `${plate.barcode},${well.well},${shown},${effect}`;
    });
  return ["plate_barcode,well,symbol,value", ...rows, ""].join("\n");
}

/** The same file with a word where its second row has a number, and its third row twice. */
export function breakFile(file: string): string {
  const lines = file.trim().split("\n");
  lines[1] = (lines[1] ?? "").replace(/,[^,]*$/, ",bright");
  lines.push(lines[2] ?? "");
  return `${lines.join("\n")}\n`;
}
