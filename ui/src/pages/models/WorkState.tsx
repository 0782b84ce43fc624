import { Stack, Text } from "@mantine/core";
import type { Job } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { JobProgress } from "../jobs/JobProgress";
import { errorWords, hasEnded } from "../jobs/job-words";

type Props = { job: Job | undefined; refused?: unknown; onRetry?: () => void };

/** How far a job is, or why it was refused or failed. */
export function WorkState({ job, refused, onRetry }: Props) {
  if (refused) return <ProblemAlert error={refused} onRetry={onRetry} />;
  if (!job || job.state === "done") return null;
  if (hasEnded(job)) {
    const end = job.state === "cancelled" ? "was cancelled" : "failed";
    const { title, detail } = errorWords(job) ?? { title: `Job ${job.id} ${end}`, detail: "" };
    return <ProblemAlert error={{ code: "job", title, detail, status: 0 }} onRetry={onRetry} />;
  }
  return (
    <Stack gap={4} role="status">
      <Text size="sm">
        {job.message || (job.state === "ready" ? "Waiting for its turn …" : "Working …")}
      </Text>
      <JobProgress job={job} />
    </Stack>
  );
}
