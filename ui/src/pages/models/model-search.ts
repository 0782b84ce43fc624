import type { Direction } from "../../components/sorting";

/** Columns of the list, with the end that is looked for first. */
export const SORTS = {
  name: "up",
  family: "up",
  state: "up",
  parameters: "down",
  layers: "down",
  genes: "down",
  licence: "up",
  parity: "up",
  created: "down",
} as const satisfies Record<string, Direction>;

export type SortKey = keyof typeof SORTS;

/** Newest first, unless the address says otherwise. */
export const DEFAULT_SORT = "-created";

/** The list's state, all of it in the URL; absent = default. */
export type ModelsSearch = { sort?: string; family?: string };

/** Reads the list's URL; what it does not know it leaves out. */
export function readModelsSearch(raw: Record<string, unknown>): ModelsSearch {
  const search: ModelsSearch = {};
  if (typeof raw.sort === "string" && raw.sort.replace(/^-/, "") in SORTS) search.sort = raw.sort;
  if (typeof raw.family === "string" && raw.family) search.family = raw.family;
  return search;
}

/** A model page's state: the cells it is looked at with, and how they are drawn. */
export type ModelSearch = { dataset?: string; embedding?: string; colour?: string; cells?: number };

/** Most cells of a picture, to choose from; the second is the server's own choice. */
export const CELLS = [500, 2_000, 5_000, 20_000] as const;

export const DEFAULT_CELLS = CELLS[1];

/** Reads a model page's URL. */
export function readModelSearch(raw: Record<string, unknown>): ModelSearch {
  const search: ModelSearch = {};
  for (const key of ["dataset", "embedding", "colour"] as const) {
    const value = raw[key];
    // The router reads a name made of digits as a number.
    if ((typeof value === "string" && value) || typeof value === "number")
      search[key] = String(value);
  }
  if (CELLS.some((n) => n === raw.cells)) search.cells = raw.cells as number;
  return search;
}
