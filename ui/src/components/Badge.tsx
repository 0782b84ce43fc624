import type { ReactNode } from "react";
import type { JobState, RoundState } from "../api/types";

export type Tone = "plain" | "good" | "busy" | "warn" | "bad" | "hit";

type BadgeProps = {
  tone?: Tone;
  /** Words too long for one line of a table. */
  wrap?: boolean;
  children: ReactNode;
};

/** A short state in words; the tone only adds to it. */
export function Badge({ tone = "plain", wrap, children }: BadgeProps) {
  return (
    <span className="badge" data-tone={tone} data-wrap={wrap}>
      {children}
    </span>
  );
}

const ROUND: Record<RoundState, [Tone, string]> = {
  planned: ["warn", "planned"],
  approved: ["busy", "in the lab"],
  results_in: ["busy", "results in, learning"],
  learned: ["good", "learned"],
};

export function RoundBadge({ state }: { state: RoundState }) {
  const [tone, words] = ROUND[state];
  return <Badge tone={tone}>{words}</Badge>;
}

const JOB: Record<JobState, [Tone, string]> = {
  ready: ["plain", "waiting"],
  running: ["busy", "running"],
  done: ["good", "done"],
  failed: ["bad", "failed"],
  dead: ["bad", "gave up"],
  cancelled: ["warn", "cancelled"],
};

export function JobBadge({ state }: { state: JobState }) {
  const [tone, words] = JOB[state];
  return <Badge tone={tone}>{words}</Badge>;
}

/** `hit`, `no hit` or nothing while not measured. */
export function HitBadge({ hit }: { hit: boolean | null | undefined }) {
  if (hit === null || hit === undefined) return null;
  return hit ? <Badge tone="hit">◉ hit</Badge> : <Badge>no hit</Badge>;
}
