import { Alert, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { toProblem } from "../../api/problem";
import { loop, roundPreview } from "../../api/queries";
import type { LoopState } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { Loaded, Loading } from "../../components/states";
import { ApproveRound } from "./ApproveRound";
import { LimitsCards } from "./LimitsCards";
import { PlanFields } from "./PlanFields";
import { PreviewPane } from "./PreviewPane";
import { emptyForm, excludeGene, lock, type PlanForm, requestOf } from "./plan-form";

/** How long the form rests before a preview is asked for. */
const REST_MS = 350;

/** The next round under limits, with a live preview of it. */
export function PlanPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const { add } = useSearch({ from: "/c/$campaignId/plan" });
  const query = useQuery(loop(campaignId));
  return (
    <Loaded query={query} what="the campaign" heading="Plan a round">
      {(state) => <Plan key={`${campaignId} ${add}`} state={state} add={add} />}
    </Loaded>
  );
}

function Plan({ state, add }: { state: LoopState; add?: string }) {
  const { campaign } = state;
  const [form, setForm] = useState(() => emptyForm(campaign, add));
  const change = (part: Partial<PlanForm>) => setForm((now) => ({ ...now, ...part }));
  const [resting] = useDebouncedValue(form, REST_MS);
  const request = requestOf(resting, campaign);
  const query = useQuery(roundPreview(campaign.id, request));
  const settled = form === resting && !query.isPlaceholderData;
  const preview = query.isError ? undefined : query.data;
  return (
    <Stack gap="lg">
      <title>Plan a round · nextwell</title>
      <div>
        <Title order={1} size="h2">
          Plan a round
        </Title>
        <Text c="dimmed">
          Set limits, lock or exclude genes, and look: nothing is written before you approve.
        </Text>
      </div>
      <WaitingRound state={state} />
      <LimitsCards state={state} preview={preview} />
      <div className="plan">
        <Stack className="plan-form" gap="md">
          <PlanFields
            form={form}
            change={change}
            campaign={campaign}
            onReset={() => setForm(emptyForm(campaign))}
          />
          <ApproveRound
            campaign={campaign}
            request={request}
            preview={preview}
            error={query.isError ? query.error : null}
            settled={settled}
          />
        </Stack>
        <Stack gap="lg" style={{ minWidth: 0 }}>
          {query.isError ? (
            <ProblemAlert
              error={query.error}
              onRetry={refused(query.error) ? undefined : () => void query.refetch()}
            />
          ) : preview ? (
            <PreviewPane
              preview={preview}
              form={form}
              settled={settled}
              onLock={(gene) => change(lock(form, gene))}
              onExclude={(gene) => change(excludeGene(form, gene))}
            />
          ) : (
            <Loading what="the preview: the surrogate is fitted to everything measured" />
          )}
        </Stack>
      </div>
    </Stack>
  );
}

/** Whether the server said no, so that asking again changes nothing. */
function refused(error: unknown): boolean {
  const { status } = toProblem(error);
  return status >= 400 && status < 500;
}

/** Says so when a round is planned already and waits for its approval. */
function WaitingRound({ state }: { state: LoopState }) {
  const waiting = state.rounds.find((round) => round.state === "planned");
  if (!waiting) return null;
  return (
    <Alert
      color="blue"
      variant="outline"
      role="status"
      title={`Round ${waiting.number} waits for approval`}
    >
      What you plan here comes after it; its genes count as taken.{" "}
      <Link
        className="text-link"
        to="/c/$campaignId/rounds/$roundId"
        params={{ campaignId: state.campaign.id, roundId: waiting.id }}
      >
        Look at round {waiting.number}
      </Link>
    </Alert>
  );
}
