/** Addresses of files the server writes. */
export const picksCsv = (roundId: string) => `/api/rounds/${roundId}/picks.csv`;
export const plateMapCsv = (plateId: string) => `/api/plates/${plateId}/map.csv`;
export const targetsCsv = (campaignId: string) => `/api/campaigns/${campaignId}/targets.csv`;
export const rawUpload = (uploadId: string) => `/api/uploads/${uploadId}/raw`;
