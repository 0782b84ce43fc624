export type LibrarySearch = { q?: string; page?: number };

export const PAGE_SIZE = 100;

/** What the address says of the table of wells. */
export function readLibrarySearch(search: Record<string, unknown>): LibrarySearch {
  const page = Number(search.page);
  return {
    ...(typeof search.q === "string" && search.q !== "" ? { q: search.q } : {}),
    ...(Number.isInteger(page) && page > 1 ? { page } : {}),
  };
}

/** The same as the server's query. */
export const toQuery = ({ q, page }: LibrarySearch) => ({
  search: q ?? "",
  limit: PAGE_SIZE,
  offset: ((page ?? 1) - 1) * PAGE_SIZE,
});
