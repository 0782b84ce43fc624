import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { cancelJob, rerunJob } from "../../api/actions";
import { screen as screenQuery, screenReport } from "../../api/screens";
import type { ScreenSummary } from "../../api/types";
import { Badge } from "../../components/Badge";
import { ProblemAlert } from "../../components/Problem";
import { Loaded } from "../../components/states";
import { dateTime } from "../../format/time";
import { ModelLink } from "../models/ModelLink";
import { familyWords } from "../models/model-words";
import { useJob } from "../models/use-work";
import { WorkState } from "../models/WorkState";
import { Report } from "./Report";
import { ScreensLink } from "./ScreenLink";
import { perturbationWords, statesWords, stateWords, targetsWords } from "./screen-words";

/** One screen: how far it is, then what it says. */
export function ScreenPage() {
  const { screenId = "" } = useParams({ strict: false });
  const query = useQuery(screenQuery(screenId));
  return (
    <Stack gap="lg">
      <Text size="sm">
        <ScreensLink>← All screens</ScreensLink>
      </Text>
      <Loaded query={query} what="the screen" heading="Screen">
        {(screen) => (
          <>
            <Head screen={screen} />
            {screen.state === "done" ? <Finished id={screen.id} /> : <Unfinished screen={screen} />}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Head({ screen }: { screen: ScreenSummary }) {
  const [tone, words] = stateWords(screen.state);
  const { order } = screen;
  return (
    <div>
      <title>{`${screen.name} · nextwell`}</title>
      <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
        {screen.name}
      </Title>
      <Group gap="xs" mt={4}>
        <Badge tone={tone}>{words}</Badge>
        <Badge tone="busy">{familyWords(screen.family)}</Badge>
        {order.mode === "gradient" && <Badge tone="warn">first order</Badge>}
      </Group>
      <Text size="sm" mt="xs">
        {order.perturbations.map(perturbationWords).join(", ")} of {targetsWords(order)} in{" "}
        {screen.dataset_name}, {statesWords(order)}, by{" "}
        <ModelLink digest={screen.model_digest}>{screen.model_name}</ModelLink>; ordered{" "}
        {dateTime(screen.created_at)}
      </Text>
    </div>
  );
}

function Finished({ id }: { id: string }) {
  const query = useQuery(screenReport(id));
  return (
    <Loaded query={query} what="the report">
      {(report) => <Report report={report} />}
    </Loaded>
  );
}

function Unfinished({ screen }: { screen: ScreenSummary }) {
  const client = useQueryClient();
  const job = useJob(screen.job_id ?? null, ["screens"]);
  const again = () => client.invalidateQueries();
  const cancel = useMutation({ mutationFn: cancelJob, onSettled: again });
  const rerun = useMutation({ mutationFn: rerunJob, onSettled: again });
  const id = screen.job_id;
  const live = screen.state === "waiting" || screen.state === "running";
  return (
    <section className="card" aria-label="Progress">
      <Stack gap="sm">
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
              Finished blocks are kept: a screen that was stopped goes on where it was.
            </Text>
          </Group>
        )}
      </Stack>
    </section>
  );
}
