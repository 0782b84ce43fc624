import type { QueryKey } from "@tanstack/react-query";
import type { ChangeEvent } from "./types";

const NOUNS: Record<string, string[]> = {
  job: ["jobs", "loop"],
  round: ["rounds", "round", "plate", "loop", "targets", "preview"],
  upload: ["uploads", "upload", "loop", "preview", "calibration"],
  screen: ["targets", "loop", "screens", "preview"],
  model: ["loop", "rounds", "models"],
  campaign: ["campaigns", "loop", "targets", "preview"],
  replay: ["replays"],
  guides: ["guides", "pooled-estimate"],
};

const NOT_BY_CAMPAIGN = new Set([
  "campaigns",
  "jobs",
  "round",
  "plate",
  "upload",
  "models",
  "screens",
  "replays",
]);

/** Keys of the queries that a change makes stale. */
export function staleKeys(event: ChangeEvent): QueryKey[] {
  const nouns = NOUNS[event.kind] ?? [];
  return nouns.map((noun) =>
    event.campaign_id && !NOT_BY_CAMPAIGN.has(noun) ? [noun, event.campaign_id] : [noun],
  );
}

/** A change event read from the wire; `null` when it is not one. */
export function parseChange(data: string): ChangeEvent | null {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== "object" || value === null) return null;
    const { kind, id, campaign_id } = value as Record<string, unknown>;
    if (typeof kind !== "string" || id === undefined) return null;
    return {
      kind,
      id: String(id),
      campaign_id: typeof campaign_id === "string" ? campaign_id : null,
    };
  } catch {
    return null;
  }
}
