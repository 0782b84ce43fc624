import type { PlanRequest } from "../../api/types";

/** Gene names out of a typed line: separated by commas, semicolons or spaces, each once. */
export function genesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

/** The request for the fields as typed; empty ones are left to the campaign. */
export function planRequest(form: {
  batch: number | string;
  force: string;
  exclude: string;
}): PlanRequest {
  const batch = Number(form.batch);
  return {
    ...(form.batch !== "" && Number.isFinite(batch) ? { batch } : {}),
    force: genesOf(form.force),
    exclude: genesOf(form.exclude),
  };
}
