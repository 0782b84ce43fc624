import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { cancelJob, rerunJob } from "../../api/actions";
import { replayCsv, replayJson, replay as replayQuery } from "../../api/replays";
import type { Replay, ReplayReport } from "../../api/types";
import { Badge } from "../../components/Badge";
import { DownloadLink } from "../../components/DownloadLink";
import { Figure } from "../../components/Figure";
import { ProblemAlert } from "../../components/Problem";
import { Loaded, Loading } from "../../components/states";
import { dateTime } from "../../format/time";
import { useJob } from "../models/use-work";
import { WorkState } from "../models/WorkState";
import { stateWords } from "../screens/screen-words";
import { BudgetTable } from "./BudgetTable";
import { RemoveReplay } from "./RemoveReplay";
import { RoundsTable } from "./RoundsTable";
import { budgetWords, controlWords, knownWords, poolWords, replayedWords } from "./replay-words";

const ReplayCurves = lazy(() =>
  import("../../charts/ReplayCurves").then((module) => ({ default: module.ReplayCurves })),
);

/** One replay: how far it is, then what it found. */
export function ReplayPage() {
  const { campaignId = "", replayId = "" } = useParams({ strict: false });
  const query = useQuery(replayQuery(replayId));
  return (
    <Stack gap="lg">
      <Text size="sm">
        <Link className="text-link" to="/c/$campaignId/replay" params={{ campaignId }}>
          ← All replays
        </Link>
      </Text>
      <Loaded query={query} what="the replay" heading="Replay">
        {(replay) => (
          <>
            <Head replay={replay} campaignId={campaignId} />
            {replay.report ? (
              <Report replay={replay} report={replay.report} />
            ) : (
              <Unfinished replay={replay} />
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Head({ replay, campaignId }: { replay: Replay; campaignId: string }) {
  const [tone, words] = stateWords(replay.state);
  const { options } = replay;
  return (
    <Group justify="space-between" align="flex-start">
      <div>
        <title>{`Replay of ${replay.name} · nextwell`}</title>
        <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
          Replay of {replay.name}
        </Title>
        <Group gap="xs" mt={4}>
          <Badge tone={tone}>{words}</Badge>
          {options.control && <Badge tone="warn">{`control: ${options.control}`}</Badge>}
          <Text size="sm">ordered {dateTime(replay.created_at)}</Text>
        </Group>
      </div>
      <RemoveReplay replay={replay} campaignId={campaignId} />
    </Group>
  );
}

function Report({ replay, report }: { replay: Replay; report: ReplayReport }) {
  return (
    <>
      <section className="card" aria-labelledby="replayed">
        <Title order={2} size="h4" id="replayed" mb="xs">
          What was replayed
        </Title>
        <Text>{replayedWords(report, replay.options)}</Text>
        <Text mt="xs">
          Seeds are not biological replicates: all of them share this one screen, so their spread
          and the p values say nothing about other screens.
        </Text>
      </section>
      {report.control && (
        <Alert color="yellow" variant="outline" title={controlWords(report.control)} role="note">
          Nothing is left to find, so every strategy must stay within what chance finds. A gain here
          is a mistake in the bookkeeping.
        </Alert>
      )}
      <Figure
        title="Hits found by round"
        caption="Lines: mean over seeds. Bands of their colour: 95 % interval of that mean. Grey ribbon: what as many genes drawn at random contain, exactly (hypergeometric), in nine of ten cases; it stands in for a band of random."
        table={<RoundsTable report={report} />}
      >
        <Suspense fallback={<Loading what="the figure" />}>
          <ReplayCurves report={report} />
        </Suspense>
      </Figure>
      <BudgetTable report={report} />
      <Group>
        <DownloadLink href={replayCsv(replay.id)}>Table (CSV)</DownloadLink>
        <DownloadLink href={replayJson(replay.id)}>Everything (JSON)</DownloadLink>
      </Group>
    </>
  );
}

function Unfinished({ replay }: { replay: Replay }) {
  const client = useQueryClient();
  const job = useJob(replay.job_id ?? null, ["replays"]);
  const again = () => client.invalidateQueries();
  const cancel = useMutation({ mutationFn: cancelJob, onSettled: again });
  const rerun = useMutation({ mutationFn: rerunJob, onSettled: again });
  const id = replay.job_id;
  const live = replay.state === "waiting" || replay.state === "running";
  const { options } = replay;
  return (
    <section className="card" aria-label="Progress">
      <Stack gap="sm">
        <Text>
          {budgetWords(options)}; {poolWords(options)}. {knownWords(options)}
        </Text>
        <WorkState job={job} />
        {(cancel.error || rerun.error) && <ProblemAlert error={cancel.error ?? rerun.error} />}
        {typeof id === "number" && (
          <Group>
            {live ? (
              <Button
                variant="default"
                loading={cancel.isPending}
                disabled={job?.cancel_requested}
                onClick={() => cancel.mutate(id)}
              >
                Cancel
              </Button>
            ) : (
              <Button loading={rerun.isPending} onClick={() => rerun.mutate(id)}>
                Go on
              </Button>
            )}
            <Text size="sm" c="dimmed">
              What was played is kept: a replay that was stopped goes on where it was.
            </Text>
          </Group>
        )}
      </Stack>
    </section>
  );
}
