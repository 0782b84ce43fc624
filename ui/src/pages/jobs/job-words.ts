import { isProblem } from "../../api/problem";
import type { Job } from "../../api/types";
import { count, percent } from "../../format/number";
import { duration, rate } from "../../format/time";

const KIND: Record<string, string> = {
  pretrain: "Train a model",
  screen: "Screen in silico",
  propose: "Plan a round",
  learn: "Learn from results",
  verify: "Verify a model",
  embed: "Embed cells",
  perturb: "In-silico screen",
  remove: "Remove a model",
  replay: "Replay",
};

/** What a job does, in words. */
export const kindWords = (kind: string) => KIND[kind] ?? kind;

/** Share done, 0 to 1; `null` while the total is unknown. */
export function shareDone(job: Job): number | null {
  if (job.state === "done") return 1;
  if (!job.total || job.total <= 0) return null;
  return Math.min(1, job.done / job.total);
}

/** Progress in words: `12 of 40 (30 %), 2.4 / s, 12 s left`. */
export function progressWords(job: Job): string {
  const share = shareDone(job);
  const parts: string[] = [];
  if (job.total) parts.push(`${count(job.done)} of ${count(job.total)} (${percent(share)})`);
  if (job.state === "running") {
    if (job.rate_per_second) parts.push(rate(job.rate_per_second));
    if (typeof job.eta_seconds === "number") parts.push(`${duration(job.eta_seconds)} left`);
  }
  return parts.join(", ");
}

/** Why the last attempt failed, in words; `null` when nothing failed. */
export function errorWords(job: Job): { title: string; detail: string } | null {
  const error: unknown = job.last_error;
  if (error === null || error === undefined) return null;
  if (isProblem(error)) return { title: error.title, detail: error.detail ?? "" };
  return { title: typeof error === "string" ? error : JSON.stringify(error), detail: "" };
}

export const canCancel = (job: Job) =>
  (job.state === "ready" || job.state === "running") && !job.cancel_requested;

export const canRunAgain = (job: Job) =>
  job.state === "failed" || job.state === "dead" || job.state === "cancelled";

export const hasEnded = (job: Job) => job.state !== "ready" && job.state !== "running";
