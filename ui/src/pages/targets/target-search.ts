import type { TargetQuery } from "../../api/queries";

/** Columns the server can sort by, with the direction that is looked for first. */
export const SORTS = {
  rank: "up",
  symbol: "up",
  knock_out_shift: "down",
  knock_out_q: "up",
  over_expression_shift: "down",
  p_hit: "down",
  robust_z: "down",
} as const;

export type SortKey = keyof typeof SORTS;

/** The page's state, all of it in the URL; absent = default. */
export type TargetSearch = { q?: string; sort?: string; page?: number; gene?: string };

export const PAGE_SIZE = 50;

/** Reads the URL; what it does not know it leaves out. */
export function readTargetSearch(raw: Record<string, unknown>): TargetSearch {
  const search: TargetSearch = {};
  if (typeof raw.q === "string" || typeof raw.q === "number") search.q = String(raw.q);
  if (typeof raw.sort === "string" && isSort(raw.sort)) search.sort = raw.sort;
  if (typeof raw.page === "number" && Number.isInteger(raw.page) && raw.page > 1)
    search.page = raw.page;
  if (typeof raw.gene === "string") search.gene = raw.gene;
  return search;
}

const isSort = (sort: string) => sort.replace(/^-/, "") in SORTS;

/** What to ask the server for. */
export function toQuery(search: TargetSearch): TargetQuery {
  return {
    search: search.q ?? "",
    sort: search.sort ?? "rank",
    limit: PAGE_SIZE,
    offset: ((search.page ?? 1) - 1) * PAGE_SIZE,
  };
}
