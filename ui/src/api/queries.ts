/** Everything the pages read, one function per noun; keys start with the noun. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import type { PlanRequest } from "./types";

export const campaigns = () =>
  queryOptions({ queryKey: ["campaigns"], queryFn: () => body(api.GET("/api/campaigns")) });

export const info = () =>
  queryOptions({ queryKey: ["info"], queryFn: () => body(api.GET("/api/info")) });

export const datasets = () =>
  queryOptions({ queryKey: ["datasets"], queryFn: () => body(api.GET("/api/datasets")) });

export const featureBlocks = (id: string) =>
  queryOptions({
    queryKey: ["features", id],
    queryFn: () => body(api.GET("/api/campaigns/{id}/features", { params: { path: { id } } })),
  });

export const loop = (id: string) =>
  queryOptions({
    queryKey: ["loop", id],
    queryFn: () => body(api.GET("/api/campaigns/{id}/loop", { params: { path: { id } } })),
  });

export const rounds = (id: string) =>
  queryOptions({
    queryKey: ["rounds", id],
    queryFn: () => body(api.GET("/api/campaigns/{id}/rounds", { params: { path: { id } } })),
  });

export const round = (id: string) =>
  queryOptions({
    queryKey: ["round", id],
    queryFn: () => body(api.GET("/api/rounds/{id}", { params: { path: { id } } })),
  });

/** The next round as it would be; the last preview stays while another one is made. */
export const roundPreview = (id: string, request: PlanRequest) =>
  queryOptions({
    queryKey: ["preview", id, request],
    queryFn: ({ signal }) =>
      body(
        api.POST("/api/campaigns/{id}/rounds/preview", {
          params: { path: { id } },
          body: request,
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const plate = (id: string) =>
  queryOptions({
    queryKey: ["plate", id],
    queryFn: () => body(api.GET("/api/plates/{id}", { params: { path: { id } } })),
  });

export const plateByBarcode = (barcode: string) =>
  queryOptions({
    queryKey: ["plate", "barcode", barcode],
    queryFn: () => body(api.GET("/api/plates", { params: { query: { barcode } } })),
  });

export const uploads = (id: string) =>
  queryOptions({
    queryKey: ["uploads", id],
    queryFn: () => body(api.GET("/api/campaigns/{id}/uploads", { params: { path: { id } } })),
  });

export const upload = (id: string) =>
  queryOptions({
    queryKey: ["upload", id],
    queryFn: () => body(api.GET("/api/uploads/{id}", { params: { path: { id } } })),
  });

/** What of the guide library to read. */
export type LibraryQuery = { search: string; limit: number; offset: number };

export const library = (id: string, query: LibraryQuery) =>
  queryOptions({
    queryKey: ["library", id, query],
    queryFn: () =>
      body(api.GET("/api/campaigns/{id}/library", { params: { path: { id }, query } })),
    placeholderData: keepPreviousData,
  });

/** What of the ranked table to read. */
export type TargetQuery = { search: string; sort: string; limit: number; offset: number };

export const targets = (id: string, query: TargetQuery) =>
  queryOptions({
    queryKey: ["targets", id, query],
    queryFn: () =>
      body(api.GET("/api/campaigns/{id}/targets", { params: { path: { id }, query } })),
    placeholderData: keepPreviousData,
  });

/** Jobs of one campaign, or all of them. */
export const jobs = (campaignId?: string) =>
  queryOptions({
    queryKey: ["jobs", campaignId ?? "all"],
    queryFn: () => body(api.GET("/api/jobs", { params: { query: { campaign_id: campaignId } } })),
  });
