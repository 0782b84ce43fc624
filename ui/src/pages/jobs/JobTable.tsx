import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { cancelJob, rerunJob } from "../../api/actions";
import type { Job } from "../../api/types";
import { JobBadge } from "../../components/Badge";
import { ProblemAlert } from "../../components/Problem";
import { dateTime } from "../../format/time";
import { JobProgress } from "./JobProgress";
import { canCancel, canRunAgain, errorWords, kindWords } from "./job-words";

/** Jobs, newest first, with what can be done about each. */
export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  const client = useQueryClient();
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["jobs"] }),
      client.invalidateQueries({ queryKey: ["loop"] }),
    ]);
  const cancel = useMutation({ mutationFn: cancelJob, onSettled: again });
  const rerun = useMutation({ mutationFn: rerunJob, onSettled: again });
  const refused = cancel.error ?? rerun.error;
  const newestFirst = [...jobs].sort((a, b) => b.id - a.id);
  return (
    <Stack gap="sm">
      {refused && <ProblemAlert error={refused} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="scroll" tabIndex={0} aria-label="Jobs">
        <Table className="table" verticalSpacing="sm" aria-label="Jobs, newest first">
          <Table.Thead>
            <Table.Tr>
              <Table.Th className="number">Job</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Progress</Table.Th>
              <Table.Th>Queued, ended</Table.Th>
              <Table.Th>Do</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {newestFirst.map((job) => (
              <Row key={job.id} job={job} onCancel={cancel.mutate} onRerun={rerun.mutate} />
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </Stack>
  );
}

type RowProps = { job: Job; onCancel: (id: number) => void; onRerun: (id: number) => void };

function Row({ job, onCancel, onRerun }: RowProps) {
  const error = errorWords(job);
  return (
    <Table.Tr>
      <Table.Td className="number">{job.id}</Table.Td>
      <Table.Td>
        <Text size="sm" fw={600}>
          {kindWords(job.kind)}
        </Text>
        {job.message && <Text size="sm">{job.message}</Text>}
        {error && job.state !== "done" && (
          <Text size="sm" component="div" mt={4}>
            <strong>Why it failed: {error.title}</strong>
            {error.detail && <div>{error.detail}</div>}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <JobBadge state={job.state} />
        {job.cancel_requested && job.state === "running" && <Text size="xs">stopping …</Text>}
        {job.attempt > 1 && (
          <Text size="xs" c="dimmed">
            attempt {job.attempt} of {job.max_attempts}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <JobProgress job={job} />
      </Table.Td>
      <Table.Td>
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          {dateTime(job.created_at)}
        </Text>
        <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {dateTime(job.finished_at)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          {canCancel(job) && (
            <Button
              size="xs"
              variant="default"
              onClick={() => onCancel(job.id)}
              aria-label={`Cancel job ${job.id}`}
            >
              Cancel
            </Button>
          )}
          {canRunAgain(job) && (
            <Button
              size="xs"
              variant="default"
              onClick={() => onRerun(job.id)}
              aria-label={`Run job ${job.id} again`}
            >
              Run again
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
