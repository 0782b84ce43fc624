import { Progress, Text } from "@mantine/core";
import type { Job } from "../../api/types";
import { kindWords, progressWords, shareDone } from "./job-words";

/** A job's bar with its numbers. */
export function JobProgress({ job }: { job: Job }) {
  const share = shareDone(job);
  const running = job.state === "running";
  const words = progressWords(job);
  return (
    <div style={{ minWidth: 180 }}>
      {(share !== null || running) && (
        <Progress.Root size="lg">
          <Progress.Section
            value={share === null ? 100 : share * 100}
            animated={running}
            striped={share === null}
            aria-label={`Job ${job.id}, ${kindWords(job.kind)}`}
            aria-valuetext={words || "running"}
          />
        </Progress.Root>
      )}
      {words && (
        <Text size="sm" className="number" mt={3}>
          {words}
        </Text>
      )}
    </div>
  );
}
