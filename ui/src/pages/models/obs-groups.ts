/** Cells by a column of `obs`: groups, their places, and the picture as a file. */
import { MARKS } from "../../charts/palette";
import type { Point } from "../../charts/scatter";
import { plural, value } from "../../format/number";

/** A column of `obs` beside the cells of a picture. */
export type ObsColumn =
  | { name: string; kind: "words"; values: readonly (string | null)[] }
  | { name: string; kind: "numbers"; values: readonly (number | null)[] };

export type Group = { label: string; cells: number; slot: number | null };

/** Groups of the cells, and the group of each cell. */
export type Grouping = { groups: Group[]; of: number[] };

const NO_VALUE = "no value";

/**
 * Groups by their size, largest first and by name when equal. As many as can be told apart get a
 * mark; the others are one group, and so are the cells without a value.
 */
export function groupsOf(values: readonly (string | null)[], marks = MARKS): Grouping {
  const sizes = new Map<string, number>();
  let without = 0;
  for (const label of values) {
    if (label === null) without += 1;
    else sizes.set(label, (sizes.get(label) ?? 0) + 1);
  }
  const ranked = [...sizes].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], "en"));
  const own = ranked.length > marks ? ranked.slice(0, marks) : ranked;
  const rest = ranked.slice(own.length);
  const groups: Group[] = own.map(([label, cells], slot) => ({ label, cells, slot }));
  const place = new Map(own.map(([label], i) => [label, i]));
  let restPlace = -1;
  if (rest.length > 0) {
    const cells = rest.reduce((sum, [, n]) => sum + n, 0);
    restPlace = groups.push({ label: plural(rest.length, "smaller group"), cells, slot: null }) - 1;
  }
  const nonePlace =
    without > 0 ? groups.push({ label: NO_VALUE, cells: without, slot: null }) - 1 : -1;
  const of = values.map((label) => (label === null ? nonePlace : (place.get(label) ?? restPlace)));
  return { groups, of };
}

/** The range of a column of numbers; `null` when no cell has one. */
export function rangeOf(values: readonly (number | null)[]): [number, number] | null {
  let range: [number, number] | null = null;
  for (const v of values) {
    if (v === null || !Number.isFinite(v)) continue;
    range = range ? [Math.min(range[0], v), Math.max(range[1], v)] : [v, v];
  }
  return range;
}

/** Where a number lies in its range, 0 to 1; the middle when all are equal. */
export const shareOf = (x: number, [low, high]: [number, number]) =>
  high > low ? (x - low) / (high - low) : 0.5;

/** Groups of a column of numbers for the table: fifths of the cells, lowest first. */
export function fifthsOf(values: readonly (number | null)[], parts = 5): Grouping {
  const known = values.filter((v): v is number => v !== null && Number.isFinite(v));
  known.sort((a, b) => a - b);
  const edges = Array.from(
    { length: parts - 1 },
    (_, i) => known[Math.floor(((i + 1) * known.length) / parts)] ?? 0,
  );
  const inside: number[][] = Array.from({ length: parts }, () => []);
  const bin = values.map((v) => {
    if (v === null || !Number.isFinite(v)) return -1;
    const at = edges.filter((edge) => v >= edge).length;
    inside[at]?.push(v);
    return at;
  });
  const groups: Group[] = [];
  const place = inside.map((list, slot) => {
    if (list.length === 0) return -1;
    const [low, high] = rangeOf(list) ?? [0, 0];
    const label = low === high ? value(low) : `${value(low)} to ${value(high)}`;
    return groups.push({ label, cells: list.length, slot }) - 1;
  });
  const without = values.length - known.length;
  const nonePlace =
    without > 0 ? groups.push({ label: NO_VALUE, cells: without, slot: null }) - 1 : -1;
  return { groups, of: bin.map((at) => (at < 0 ? nonePlace : (place[at] ?? -1))) };
}

/** The middle of a group, and how far its cells lie from it (root mean square). */
export type Centre = { label: string; cells: number; x: number; y: number; spread: number };

/** The centre of each group: the picture for those who do not see it. */
export function centresOf(points: readonly Point[], { groups, of }: Grouping): Centre[] {
  const sums = groups.map(() => ({ n: 0, x: 0, y: 0, xx: 0 }));
  points.forEach(([x, y], i) => {
    const sum = sums[of[i] ?? -1];
    if (!sum) return;
    sum.n += 1;
    sum.x += x;
    sum.y += y;
    sum.xx += x * x + y * y;
  });
  return groups.map(({ label }, i) => {
    const { n = 0, x = 0, y = 0, xx = 0 } = sums[i] ?? {};
    const [mx, my] = [x / n, y / n];
    const spread = Math.sqrt(Math.max(0, xx / n - mx * mx - my * my));
    return { label, cells: n, x: mx, y: my, spread };
  });
}

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Cells, their places and the column as CSV (RFC 4180). */
export function csvOf(
  cells: readonly string[],
  points: readonly Point[],
  column: ObsColumn | null,
): string {
  const head = ["cell", "pc1", "pc2", ...(column ? [column.name] : [])];
  const rows = cells.map((cell, i) => {
    const [x, y] = points[i] ?? [Number.NaN, Number.NaN];
    const row = [cell, String(x), String(y)];
    if (column) row.push(String(column.values[i] ?? ""));
    return row;
  });
  return `${[head, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
}
