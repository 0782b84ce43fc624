import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { approveRound } from "../../api/actions";
import { orderCsv, picksCsv } from "../../api/links";
import { round } from "../../api/queries";
import type { Round } from "../../api/types";
import { Badge, RoundBadge } from "../../components/Badge";
import { DownloadLink } from "../../components/DownloadLink";
import { LinkButton } from "../../components/LinkButton";
import { ProblemAlert } from "../../components/Problem";
import { SaveButton } from "../../components/SaveButton";
import { Loaded } from "../../components/states";
import { money, plural, shortDigest } from "../../format/number";
import { dateTime } from "../../format/time";
import { PooledSection } from "../pooled/PooledSection";
import { PicksTable } from "./PicksTable";
import { PlateLinks } from "./PlateLinks";
import { PlateSection } from "./PlateSection";
import { requestWords } from "./request-words";
import { SurrogateCard } from "./SurrogateCard";

/** One round: its plates, its picks with their reasons, what the surrogate learnt. */
export function RoundPage() {
  const { roundId } = useParams({ from: "/c/$campaignId/rounds/$roundId" });
  const query = useQuery(round(roundId));
  return (
    <Loaded query={query} what="the round" heading="Round">
      {(data) => <RoundView round={data} />}
    </Loaded>
  );
}

function RoundView({ round: r }: { round: Round }) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const approve = useMutation({
    mutationFn: () => approveRound(r.id),
    onSettled: () => client.invalidateQueries(),
  });
  const hits = r.picks.filter((p) => p.hit).length;
  const asked = requestWords(r.request);
  const measured = r.picks.some((p) => p.hit !== null && p.hit !== undefined);
  return (
    <Stack gap="lg">
      <title>{`Round ${r.number} · nextwell`}</title>
      <Group justify="space-between" className="no-print">
        <div>
          <Group gap="sm">
            <Title order={1} size="h2">
              Round {r.number}
            </Title>
            <RoundBadge state={r.state} />
            {r.kind === "pooled" && <Badge>pooled</Badge>}
          </Group>
          <Text c="dimmed">
            {plural(r.picks.length, "pick")}
            {measured && `, ${plural(hits, "hit")}`}; planned {dateTime(r.created_at)} with model{" "}
            {shortDigest(r.model_digest)}; costs {money(r.cost)}
          </Text>
          {asked.length > 0 && (
            <Text size="sm" c="dimmed">
              Asked for: {asked.join("; ")}.
            </Text>
          )}
        </div>
        <Group>
          {r.state === "planned" && (
            <Button onClick={() => approve.mutate()} loading={approve.isPending}>
              Approve round {r.number}
            </Button>
          )}
          {r.state === "approved" && (
            <LinkButton to="/c/$campaignId/upload" params={{ campaignId: r.campaign_id }}>
              Upload results
            </LinkButton>
          )}
          {r.kind === "arrayed" && (
            <Button variant="default" onClick={() => window.print()}>
              Print
            </Button>
          )}
          <DownloadLink href={picksCsv(r.id)}>Picks, CSV</DownloadLink>
          <SaveButton href={orderCsv(r.id)} onProblem={setProblem}>
            Reagents, CSV
          </SaveButton>
        </Group>
      </Group>
      {approve.isError && <ProblemAlert error={approve.error} />}
      {problem !== undefined && <ProblemAlert error={problem} />}
      {r.plates.length > 1 && <PlateLinks plates={r.plates} />}
      {r.kind === "pooled" && <PooledSection roundId={r.id} />}
      {r.plates.map((ref) => (
        <PlateSection key={ref.id} plateId={ref.id} />
      ))}
      <div className="card no-print">
        <Title order={2} size="h4" mb="xs">
          Picks, in order of choice
        </Title>
        <PicksTable picks={r.picks} />
      </div>
      <SurrogateCard surrogate={r.surrogate} />
    </Stack>
  );
}
