import type { WorklistFormat } from "./types";

/** Addresses of files the server writes. */
export const picksCsv = (roundId: string) => `/api/rounds/${roundId}/picks.csv`;
export const plateMapCsv = (plateId: string) => `/api/plates/${plateId}/map.csv`;
export const orderCsv = (roundId: string) => `/api/rounds/${roundId}/order.csv`;
export const worklist = (plateId: string, format: WorklistFormat) =>
  `/api/plates/${plateId}/worklist?format=${format}`;
export const targetsCsv = (campaignId: string) => `/api/campaigns/${campaignId}/targets.csv`;
export const screenValues = (screenId: string, format: "csv" | "parquet") =>
  `/api/screens/${screenId}/values.${format}`;

/** The rows that a filter leaves, as CSV. */
export function screenRowsCsv(screenId: string, filter: Record<string, unknown>): string {
  const kept = Object.entries(filter).filter(([, value]) => value !== undefined && value !== "");
  const query = new URLSearchParams(kept.map(([name, value]) => [name, String(value)]));
  return `/api/screens/${screenId}/rows.csv?${query}`;
}

export const rawUpload = (uploadId: string) => `/api/uploads/${uploadId}/raw`;
