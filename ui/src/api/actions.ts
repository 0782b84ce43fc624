/** Everything the pages change, one function per verb. */
import { api, body } from "./client";
import type { PlanRequest } from "./types";

export const approveRound = (id: string) =>
  body(api.POST("/api/rounds/{id}/approve", { params: { path: { id } } }));

export const planRound = (id: string, request: PlanRequest) =>
  body(api.POST("/api/campaigns/{id}/rounds", { params: { path: { id } }, body: request }));

export const setAskMeFirst = (id: string, askMeFirst: boolean) =>
  body(
    api.PATCH("/api/campaigns/{id}", {
      params: { path: { id } },
      body: { ask_me_first: askMeFirst },
    }),
  );

/** Sends the bytes of a results file unchanged; the server checks and keeps them. */
export const checkResults = (id: string, file: File) =>
  body(
    api.POST("/api/campaigns/{id}/uploads", {
      params: { path: { id }, query: { file_name: file.name } },
      // The schema's word for raw bytes is an array of numbers.
      body: file as unknown as number[],
      bodySerializer: (bytes: unknown) => bytes as File,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );

export const acceptUpload = (id: string) =>
  body(
    api.POST("/api/uploads/{id}/accept", {
      params: { path: { id } },
      headers: { "Idempotency-Key": `accept-${id}` },
    }),
  );

export const cancelJob = (id: number) =>
  body(api.POST("/api/jobs/{id}/cancel", { params: { path: { id } } }));

export const rerunJob = (id: number) =>
  body(api.POST("/api/jobs/{id}/rerun", { params: { path: { id } } }));
