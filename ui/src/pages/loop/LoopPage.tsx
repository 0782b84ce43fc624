import { Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { loop } from "../../api/queries";
import type { LoopState } from "../../api/types";
import { Loaded } from "../../components/states";
import { AskMeFirst } from "./AskMeFirst";
import { Budget } from "./Budget";
import { HitsFigure } from "./HitsFigure";
import { NextCard } from "./NextCard";
import { RoundTimeline } from "./RoundTimeline";

/** The home page of a campaign: what to do now, what was found, what was learnt. */
export function LoopPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const query = useQuery(loop(campaignId));
  return (
    <Loaded query={query} what="the loop" heading="Loop">
      {(state) => <Loop state={state} />}
    </Loaded>
  );
}

function Loop({ state }: { state: LoopState }) {
  const { campaign } = state;
  return (
    <Stack gap="lg">
      <title>{`${campaign.name} · nextwell`}</title>
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={1} size="h2">
            {campaign.name}
          </Title>
          <Text c="dimmed">{campaign.readout}</Text>
        </div>
        <AskMeFirst campaign={campaign} />
      </Group>
      <NextCard
        campaignId={campaign.id}
        next={state.next}
        jobs={state.jobs}
        rounds={state.rounds}
      />
      <Budget state={state} />
      <HitsFigure state={state} />
      <section className="card" aria-labelledby="rounds-title">
        <Title order={2} size="h4" id="rounds-title" mb="md">
          Rounds
        </Title>
        <RoundTimeline campaignId={campaign.id} rounds={state.rounds} />
      </section>
    </Stack>
  );
}
