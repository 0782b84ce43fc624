import { START_B, STOP, SYMBOLS } from "./code128-table";

/** Symbol numbers of a text in code set B, with start and check symbol; `null` for other letters. */
export function code128Symbols(text: string): number[] | null {
  if (text.length === 0 || !/^[ -~]+$/.test(text)) return null;
  const data = [...text].map((letter) => letter.charCodeAt(0) - 32);
  const check = data.reduce((sum, value, i) => sum + value * (i + 1), START_B) % 103;
  return [START_B, ...data, check];
}

export type Bars = { width: number; bars: { x: number; width: number }[] };

/** Dark bars of a Code 128 barcode in modules, without its quiet zones. */
export function code128Bars(text: string): Bars | null {
  const symbols = code128Symbols(text);
  if (!symbols) return null;
  const widths = [...symbols.map((s) => SYMBOLS[s] ?? ""), STOP].join("");
  const bars: Bars["bars"] = [];
  let x = 0;
  [...widths].forEach((digit, i) => {
    const width = Number(digit);
    if (i % 2 === 0) bars.push({ x, width });
    x += width;
  });
  return { width: x, bars };
}
