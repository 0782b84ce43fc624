/** What the pages of pooled rounds read and change. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import type { CloningEnzyme, PooledPlanRequest, PooledReading, PooledSettings } from "./types";

/** The lab's guides, and those that an enzyme's sites rule out. */
export const guides = (id: string, enzyme: CloningEnzyme) =>
  queryOptions({
    queryKey: ["guides", id, enzyme],
    queryFn: () =>
      body(api.GET("/api/campaigns/{id}/guides", { params: { path: { id }, query: { enzyme } } })),
    placeholderData: keepPreviousData,
  });

/** Sends the bytes of a guide library unchanged; a file with an error is not kept. */
export const uploadGuides = (id: string, enzyme: CloningEnzyme, file: File) =>
  body(
    api.POST("/api/campaigns/{id}/guides", {
      params: { path: { id }, query: { file_name: file.name, enzyme } },
      // The schema's word for raw bytes is an array of numbers.
      body: file as unknown as number[],
      bodySerializer: (bytes: unknown) => bytes as File,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );

/** What a round of this shape needs; nothing is written. */
export const pooledEstimate = (id: string, settings: PooledSettings) =>
  queryOptions({
    queryKey: ["pooled-estimate", id, settings],
    queryFn: () =>
      body(
        api.POST("/api/campaigns/{id}/pooled/estimate", {
          params: { path: { id } },
          body: settings,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });

export const planPooled = (id: string, request: PooledPlanRequest) =>
  body(api.POST("/api/campaigns/{id}/pooled", { params: { path: { id } }, body: request }));

export const pooledRound = (id: string) =>
  queryOptions({
    queryKey: ["round", id, "pooled"],
    queryFn: () => body(api.GET("/api/rounds/{id}/pooled", { params: { path: { id } } })),
  });

/** Reads an uploaded MAGeCK table in another way. */
export const readTable = (uploadId: string, reading: PooledReading) =>
  body(api.PUT("/api/uploads/{id}/reading", { params: { path: { id: uploadId } }, body: reading }));

export const orderSheet = (roundId: string) => `/api/rounds/${roundId}/order-sheet.csv`;
