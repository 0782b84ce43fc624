import type { Accepted, Upload } from "../../api/types";
import { plural } from "../../format/number";
import { dateTime } from "../../format/time";

/** Where the person is with one results file. The upload itself lives in the query cache. */
export type Stage =
  | { at: "choose" }
  | { at: "checking"; fileName: string }
  | { at: "refused"; fileName: string; error: unknown }
  | { at: "review"; uploadId: string; duplicate: boolean; error?: unknown }
  | { at: "accepting"; uploadId: string; duplicate: boolean }
  | { at: "accepted"; uploadId: string; accepted: Accepted };

export type Step =
  | { type: "file_chosen"; fileName: string }
  | { type: "checked"; upload: Upload }
  | { type: "check_failed"; error: unknown }
  | { type: "accept_pressed" }
  | { type: "accepted"; accepted: Accepted }
  | { type: "accept_failed"; error: unknown }
  | { type: "opened"; uploadId: string }
  | { type: "closed" };

/** The next stage; a step that does not fit the stage changes nothing. */
export function advance(stage: Stage, step: Step): Stage {
  switch (step.type) {
    case "file_chosen":
      return stage.at === "accepting" ? stage : { at: "checking", fileName: step.fileName };
    case "checked":
      if (stage.at !== "checking") return stage;
      return { at: "review", uploadId: step.upload.id, duplicate: step.upload.duplicate };
    case "check_failed":
      if (stage.at !== "checking") return stage;
      return { at: "refused", fileName: stage.fileName, error: step.error };
    case "accept_pressed":
      if (stage.at !== "review") return stage;
      return { at: "accepting", uploadId: stage.uploadId, duplicate: stage.duplicate };
    case "accepted":
      if (stage.at !== "accepting") return stage;
      return { at: "accepted", uploadId: stage.uploadId, accepted: step.accepted };
    case "accept_failed":
      if (stage.at !== "accepting") return stage;
      return {
        at: "review",
        uploadId: stage.uploadId,
        duplicate: stage.duplicate,
        error: step.error,
      };
    case "opened":
      if (stage.at === "accepting") return stage;
      return { at: "review", uploadId: step.uploadId, duplicate: false };
    case "closed":
      return stage.at === "accepting" ? stage : { at: "choose" };
  }
}

export type Gate = { open: true } | { open: false; reason: string };

/** Whether *Accept* can be pressed, and why not. */
export function acceptGate(upload: Upload): Gate {
  if (upload.state === "accepted") {
    return {
      open: false,
      reason: `Already imported on ${dateTime(upload.accepted_at)}; nothing is left to accept.`,
    };
  }
  const errors = upload.report.errors.length;
  if (errors > 0) {
    return {
      open: false,
      reason: `The file has ${plural(errors, "error")}. Mend it and upload it again.`,
    };
  }
  if (upload.state === "rejected") return { open: false, reason: "The checker refused this file." };
  const pooled = upload.report.pooled;
  if (pooled) {
    if (!pooled.rule) return { open: false, reason: "Choose a condition of the table first." };
    return { open: true };
  }
  if (upload.report.plates.length === 0)
    return { open: false, reason: "No plate of this campaign is in the file." };
  return { open: true };
}
