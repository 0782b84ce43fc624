import type { RowsQuery } from "../../api/screens";

/** Columns the server can sort by, with the direction that is looked for first. */
export const SORTS = {
  rank: "up",
  label: "up",
  mean: "down",
  q: "up",
  n_cells: "down",
  detection_rate: "down",
  matched_percentile: "down",
} as const;

export type SortKey = keyof typeof SORTS;

/** State of the report's page, all of it in the URL; absent = default. */
export type ReportSearch = {
  kind?: string;
  q?: string;
  significant?: boolean;
  factors?: boolean;
  druggable?: boolean;
  direction?: "helps" | "harms";
  sort?: string;
  page?: number;
  gene?: string;
};

/** State of the comparison's page. */
export type CompareSearch = Omit<ReportSearch, "q" | "significant" | "sort" | "gene"> & {
  ids?: string;
};

export const PAGE_SIZE = 50;

/** Reads the URL of a report; what it does not know it leaves out. */
export function readReportSearch(raw: Record<string, unknown>): ReportSearch {
  const search: ReportSearch = { ...readFilter(raw) };
  if (typeof raw.q === "string" || typeof raw.q === "number") search.q = String(raw.q);
  if (raw.significant === true) search.significant = true;
  if (typeof raw.sort === "string" && raw.sort.replace(/^-/, "") in SORTS) search.sort = raw.sort;
  if (typeof raw.gene === "string") search.gene = raw.gene;
  return search;
}

/** Reads the URL of a comparison. */
export function readCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const search: CompareSearch = { ...readFilter(raw) };
  if (typeof raw.ids === "string") search.ids = raw.ids;
  return search;
}

function readFilter(raw: Record<string, unknown>) {
  const search: Omit<CompareSearch, "ids"> = {};
  if (typeof raw.kind === "string") search.kind = raw.kind;
  if (raw.factors === true) search.factors = true;
  if (raw.druggable === true) search.druggable = true;
  if (raw.direction === "helps" || raw.direction === "harms") search.direction = raw.direction;
  if (typeof raw.page === "number" && Number.isInteger(raw.page) && raw.page > 1)
    search.page = raw.page;
  return search;
}

/** The filter of the rows, without their page. */
export const filterOf = (search: ReportSearch, kind: string) => ({
  perturbation: kind,
  search: search.q,
  significant: search.significant,
  factors: search.factors,
  druggable: search.druggable,
  direction: search.direction,
  sort: search.sort ?? "rank",
});

/** What to ask the server for. */
export function toRowsQuery(search: ReportSearch, kind: string): RowsQuery {
  return {
    ...filterOf(search, kind),
    limit: PAGE_SIZE,
    offset: ((search.page ?? 1) - 1) * PAGE_SIZE,
  };
}
