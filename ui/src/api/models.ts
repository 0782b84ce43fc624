/** What the models' pages read and change. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { ProblemError } from "./problem";
import { type Sent, sendForm } from "./send-files";
import type { EmbeddingPreview, ModelVersion } from "./types";

export const models = () =>
  queryOptions({ queryKey: ["models"], queryFn: () => body(api.GET("/api/models")) });

export const model = (digest: string) =>
  queryOptions({
    queryKey: ["models", digest],
    queryFn: () => body(api.GET("/api/models/{digest}", { params: { path: { digest } } })),
  });

/** Neither the files of a model nor those of a data set ever change. */
const FOR_EVER = { staleTime: Number.POSITIVE_INFINITY, refetchInterval: false } as const;

export const coverage = (digest: string, dataset: string) =>
  queryOptions({
    queryKey: ["coverage", digest, dataset],
    queryFn: () =>
      body(
        api.GET("/api/models/{digest}/coverage", {
          params: { path: { digest }, query: { dataset } },
        }),
      ),
    ...FOR_EVER,
  });

export const job = (id: number) =>
  queryOptions({
    queryKey: ["jobs", "one", id],
    queryFn: () => body(api.GET("/api/jobs/{id}", { params: { path: { id } } })),
  });

export const verifyModel = (digest: string) =>
  body(api.POST("/api/models/{digest}/verify", { params: { path: { digest } } }));

export const removeModel = (digest: string) =>
  body(api.DELETE("/api/models/{digest}", { params: { path: { digest } } }));

/** Which cells, how embedded, how coloured. */
export type EmbeddingRequest = {
  dataset: string;
  kind: string;
  max_cells: number;
  colour?: string;
};

/** A preview, or the job that computes it. */
export type Embedding =
  | { at: "ready"; preview: EmbeddingPreview }
  | { at: "queued"; jobId: number };

/** Reads a preview; one that was never computed is queued. */
export const embedding = (digest: string, request: EmbeddingRequest) =>
  queryOptions({
    queryKey: ["embedding", digest, request],
    queryFn: async (): Promise<Embedding> => {
      const params = { path: { digest }, query: request };
      try {
        const call = api.GET("/api/models/{digest}/embedding", { params });
        return { at: "ready", preview: await body(call) };
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.code !== "not_computed") throw error;
        const { job_id } = await body(api.POST("/api/models/{digest}/embedding", { params }));
        return { at: "queued", jobId: job_id };
      }
    },
    // Another colour of the same cells does not make the picture blink.
    placeholderData: keepPreviousData,
    ...FOR_EVER,
  });

/** Sends the files of one checkpoint directory; the server checks and keeps them. */
export function importModel(
  files: readonly File[],
  name: string,
  onProgress: (sent: Sent) => void,
  signal: AbortSignal,
): Promise<ModelVersion> {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  return sendForm(`/api/models/import?name=${encodeURIComponent(name)}`, form, {
    onProgress,
    signal,
  });
}
