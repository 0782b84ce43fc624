/** What the screens' pages read and change. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import type { ScreenOrder, ScreenSummary } from "./types";

/** Most screens a list shows. */
const LISTED = 200;
const LOOK_AGAIN_MS = 3_000;

const isLive = ({ state }: ScreenSummary) => state === "waiting" || state === "running";

export const screens = () =>
  queryOptions({
    queryKey: ["screens"],
    queryFn: () => body(api.GET("/api/screens", { params: { query: { limit: LISTED } } })),
    // Progress is in the jobs' events only, which would read whole reports again.
    refetchInterval: ({ state }) => (state.data?.some(isLive) ? LOOK_AGAIN_MS : false),
  });

export const screen = (id: string) =>
  queryOptions({
    queryKey: ["screens", id],
    queryFn: () => body(api.GET("/api/screens/{id}", { params: { path: { id } } })),
  });

export const screenReport = (id: string) =>
  queryOptions({
    queryKey: ["screens", id, "report"],
    queryFn: () => body(api.GET("/api/screens/{id}/report", { params: { path: { id } } })),
  });

/** Which rows of a report to read. */
export type RowsQuery = {
  perturbation: string;
  search?: string;
  significant?: boolean;
  factors?: boolean;
  druggable?: boolean;
  direction?: string;
  sort: string;
  limit: number;
  offset: number;
};

export const screenRows = (id: string, query: RowsQuery) =>
  queryOptions({
    queryKey: ["screens", id, "rows", query],
    queryFn: () => body(api.GET("/api/screens/{id}/rows", { params: { path: { id }, query } })),
    placeholderData: keepPreviousData,
  });

export const screenPoints = (id: string, perturbation: string) =>
  queryOptions({
    queryKey: ["screens", id, "points", perturbation],
    queryFn: () =>
      body(
        api.GET("/api/screens/{id}/points", { params: { path: { id }, query: { perturbation } } }),
      ),
  });

/** Which targets of which screens to compare. */
export type ConsensusQuery = {
  ids: string;
  perturbation?: string;
  factors?: boolean;
  druggable?: boolean;
  direction?: string;
  limit: number;
  offset: number;
};

export const consensus = (query: ConsensusQuery) =>
  queryOptions({
    queryKey: ["screens", "consensus", query],
    queryFn: () => body(api.GET("/api/screens/consensus", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const estimateScreen = (order: ScreenOrder) =>
  queryOptions({
    queryKey: ["screen-estimate", order],
    queryFn: () => body(api.POST("/api/screens/estimate", { body: order })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
    refetchInterval: false,
  });

export const orderScreens = (order: ScreenOrder) => body(api.POST("/api/screens", { body: order }));

export const evaluateScreen = (id: string, genes: string[]) =>
  body(api.POST("/api/screens/{id}/evaluate", { params: { path: { id } }, body: { genes } }));
