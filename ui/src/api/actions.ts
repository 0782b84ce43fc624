/** Everything the pages change, one function per verb. */
import { api, body } from "./client";
import { isProblem, ProblemError } from "./problem";
import type { CampaignPatch, Job, PlanRequest } from "./types";

export const approveRound = (id: string) =>
  body(api.POST("/api/rounds/{id}/approve", { params: { path: { id } } }));

export const planRound = (id: string, request: PlanRequest) =>
  body(api.POST("/api/campaigns/{id}/rounds", { params: { path: { id } }, body: request }));

/** How often a job is looked at while a person waits for it. */
const LOOK_MS = 300;

/** Plans a round and waits for it; returns its identifier. */
export async function planAndWait(id: string, request: PlanRequest): Promise<string> {
  const { job_id } = await planRound(id, request);
  for (;;) {
    const job = await body(api.GET("/api/jobs/{id}", { params: { path: { id: job_id } } }));
    if (job.state === "done") break;
    if (job.state !== "ready" && job.state !== "running") throw problemOfJob(job);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const rounds = await body(api.GET("/api/campaigns/{id}/rounds", { params: { path: { id } } }));
  const planned = rounds.find((round) => round.number === request.number) ?? rounds.at(-1);
  if (!planned) throw new Error("The round was planned and is not listed; load the page again.");
  return planned.id;
}

/** Why a job ended without its work done. */
function problemOfJob(job: Job): ProblemError {
  if (isProblem(job.last_error)) return new ProblemError(job.last_error);
  return new ProblemError({
    code: "job_ended",
    title: `Job ${job.id} ended without planning the round`,
    status: 0,
    detail: "Look at it under Jobs, and run it again from there.",
    issues: [],
  });
}

export const changeSettings = (id: string, patch: CampaignPatch) =>
  body(api.PATCH("/api/campaigns/{id}", { params: { path: { id } }, body: patch }));

export const setAskMeFirst = (id: string, askMeFirst: boolean) =>
  changeSettings(id, { ask_me_first: askMeFirst });

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

/** Sends the bytes of a library file; all of it is stored, or nothing. */
export const uploadLibrary = (id: string, file: File) =>
  body(
    api.POST("/api/campaigns/{id}/library", {
      params: { path: { id }, query: { file_name: file.name } },
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

/** Adds a block of gene features: the bytes of the file, unchanged. */
export const addFeatures = (id: string, file: File) =>
  body(
    api.POST("/api/campaigns/{id}/features", {
      params: { path: { id } },
      body: file as unknown as number[],
      bodySerializer: (bytes: unknown) => bytes as File,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );

export const removeFeatures = (id: string, name: string) =>
  body(api.DELETE("/api/campaigns/{id}/features/{name}", { params: { path: { id, name } } }));

export const cancelJob = (id: number) =>
  body(api.POST("/api/jobs/{id}/cancel", { params: { path: { id } } }));

export const rerunJob = (id: number) =>
  body(api.POST("/api/jobs/{id}/rerun", { params: { path: { id } } }));
