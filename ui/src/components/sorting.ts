/** A table's sort as one word: a column's name, with a minus in front when it goes down. */

export type Direction = "up" | "down";

/** Direction a column is sorted in now, in ARIA's words. */
export function ariaSort(now: string, key: string): "ascending" | "descending" | "none" {
  return now === key ? "ascending" : now === `-${key}` ? "descending" : "none";
}

/** The sort after a click on a column: its interesting end first, then the other way. */
export function toggled(now: string, key: string, interesting: Direction): string {
  const first = interesting === "up" ? key : `-${key}`;
  const second = interesting === "up" ? `-${key}` : key;
  return now === first ? second : first;
}

type Value = string | number | null | undefined;

/** `rows` by `value`, up or down; rows without a value are last either way. */
export function sortedBy<T>(rows: readonly T[], value: (row: T) => Value, down: boolean): T[] {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1;
    if (y === null || y === undefined) return -1;
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * String(x).localeCompare(String(y), "en", { numeric: true });
  });
}
