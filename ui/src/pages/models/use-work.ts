import { type QueryKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { job as jobQuery } from "../../api/models";
import type { Job, JobAccepted } from "../../api/types";
import { hasEnded } from "../jobs/job-words";

const LOOK_AGAIN_MS = 1_000;

/** A job by its number, read again until it has ended; when it is done, `changes` are too. */
export function useJob(id: number | null, changes: QueryKey): Job | undefined {
  const client = useQueryClient();
  const query = useQuery({
    ...jobQuery(id ?? 0),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : LOOK_AGAIN_MS),
  });
  const job = id === null ? undefined : query.data;
  const done = job?.state === "done";
  // The end comes from the server, not from a press.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a key is made anew at every render
  useEffect(() => {
    if (done) void client.invalidateQueries({ queryKey: changes });
  }, [done, client]);
  return job;
}

/** Long work that a button starts. */
export type Work = {
  start: () => void;
  /** From the press to the end of the job. */
  busy: boolean;
  job: Job | undefined;
  /** Why it was not started. */
  refused: unknown;
};

/** Starts a job and follows it; at its end what it changed is read again. */
export function useWork(start: () => Promise<JobAccepted>, changes: QueryKey): Work {
  const [id, setId] = useState<number | null>(null);
  const press = useMutation({ mutationFn: start, onSuccess: ({ job_id }) => setId(job_id) });
  const job = useJob(id, changes);
  return {
    start: () => {
      setId(null);
      press.mutate();
    },
    busy: press.isPending || (id !== null && !(job && hasEnded(job))),
    job,
    refused: press.error,
  };
}
