import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { approveRound, rerunJob } from "../../api/actions";
import type { Job, NextAction, RoundSummary } from "../../api/types";
import { LinkButton } from "../../components/LinkButton";
import { ProblemAlert } from "../../components/Problem";
import { JobProgress } from "../jobs/JobProgress";

type Props = {
  campaignId: string;
  next: NextAction;
  jobs: readonly Job[];
  rounds: readonly RoundSummary[];
};

const TITLE: Record<NextAction["action"], string> = {
  wait: "Nothing to do: nextwell is working",
  approve: "A round waits for your approval",
  run_and_upload: "A round is in the lab",
  fix: "Something needs you",
  finished: "The campaign is finished",
};

/** What to do now, with the buttons that do it. */
export function NextCard({ campaignId, next, jobs, rounds }: Props) {
  return (
    <section
      className="card"
      aria-labelledby="next-title"
      style={{ borderLeft: "5px solid var(--chart-line)" }}
    >
      <Text size="xs" fw={700} c="dimmed" tt="uppercase" style={{ letterSpacing: "0.06em" }}>
        What to do now
      </Text>
      <Title order={2} size="h3" id="next-title" mt={2}>
        {TITLE[next.action]}
      </Title>
      <Text mt={4}>{next.message}</Text>
      <Actions campaignId={campaignId} next={next} jobs={jobs} rounds={rounds} />
    </section>
  );
}

function Actions({ campaignId, next, jobs, rounds }: Props) {
  const params = { campaignId };
  switch (next.action) {
    case "wait": {
      const job = jobs.find((j) => j.id === next.job_id) ?? jobs.find((j) => j.state === "running");
      return (
        <Stack gap="sm" mt="sm">
          {job && <JobProgress job={job} />}
          <div>
            <LinkButton to="/c/$campaignId/jobs" params={params} variant="default">
              Watch the jobs
            </LinkButton>
          </div>
        </Stack>
      );
    }
    case "approve":
      return <Approve campaignId={campaignId} roundId={next.round_id} rounds={rounds} />;
    case "run_and_upload": {
      const pooled = rounds.find((r) => r.id === next.round_id)?.kind === "pooled";
      return (
        <Group mt="md">
          <LinkButton
            to="/c/$campaignId/rounds/$roundId"
            params={{ ...params, roundId: next.round_id }}
          >
            {pooled ? "Open the round and its order sheet" : "Open and print the plate"}
          </LinkButton>
          <LinkButton to="/c/$campaignId/upload" params={params} variant="default">
            Upload results
          </LinkButton>
        </Group>
      );
    }
    case "fix":
      return <Fix campaignId={campaignId} jobId={next.job_id} />;
    case "finished":
      return (
        <Group mt="md">
          <LinkButton to="/c/$campaignId/targets" params={params} search={{ sort: "-robust_z" }}>
            See the hits
          </LinkButton>
        </Group>
      );
  }
}

type ApproveProps = { campaignId: string; roundId: string; rounds: readonly RoundSummary[] };

function Approve({ campaignId, roundId, rounds }: ApproveProps) {
  const client = useQueryClient();
  const approve = useMutation({
    mutationFn: () => approveRound(roundId),
    onSettled: () => client.invalidateQueries(),
  });
  const round = rounds.find((r) => r.id === roundId);
  return (
    <Stack gap="sm" mt="md">
      {approve.isError && <ProblemAlert error={approve.error} />}
      <Group>
        <Button onClick={() => approve.mutate()} loading={approve.isPending}>
          Approve round {round?.number ?? ""}
        </Button>
        <LinkButton
          to="/c/$campaignId/rounds/$roundId"
          params={{ campaignId, roundId }}
          variant="default"
        >
          {round?.kind === "pooled" ? "See its picks and guides" : "See its picks and plate"}
        </LinkButton>
      </Group>
    </Stack>
  );
}

function Fix({ campaignId, jobId }: { campaignId: string; jobId?: number | null }) {
  const client = useQueryClient();
  const rerun = useMutation({
    mutationFn: (id: number) => rerunJob(id),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <Stack gap="sm" mt="md">
      {rerun.isError && <ProblemAlert error={rerun.error} />}
      <Group>
        {typeof jobId === "number" && (
          <Button onClick={() => rerun.mutate(jobId)} loading={rerun.isPending}>
            Run job {jobId} again
          </Button>
        )}
        <LinkButton to="/c/$campaignId/jobs" params={{ campaignId }} variant="default">
          See the jobs
        </LinkButton>
      </Group>
    </Stack>
  );
}
