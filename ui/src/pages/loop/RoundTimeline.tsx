import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ModelDecision, RoundSummary } from "../../api/types";
import { Bar } from "../../charts/Bar";
import { Badge, RoundBadge } from "../../components/Badge";
import { percent, plural } from "../../format/number";
import { dateTime } from "../../format/time";
import { EvaluationTable } from "./EvaluationTable";

type Props = { campaignId: string; rounds: readonly RoundSummary[] };

/** Rounds, newest first: wells, hits, what the model was worth, what was decided. */
export function RoundTimeline({ campaignId, rounds }: Props) {
  if (rounds.length === 0) {
    return <Text>No round is planned yet; the first one follows the first in-silico screen.</Text>;
  }
  const newestFirst = [...rounds].sort((a, b) => b.number - a.number);
  return (
    <ol className="rounds" reversed>
      {newestFirst.map((round) => (
        <li key={round.id} data-open={round.state !== "learned"}>
          <Item campaignId={campaignId} round={round} />
        </li>
      ))}
    </ol>
  );
}

function Item({ campaignId, round }: { campaignId: string; round: RoundSummary }) {
  const hits = round.hits;
  return (
    <>
      <Group gap="sm">
        <Anchor
          fw={650}
          underline="always"
          renderRoot={(props) => (
            <Link
              to="/c/$campaignId/rounds/$roundId"
              params={{ campaignId, roundId: round.id }}
              {...props}
            />
          )}
        >
          Round {round.number}
        </Anchor>
        <RoundBadge state={round.state} />
        {round.kind === "pooled" && <Badge>pooled</Badge>}
        <Text size="sm" className="number">
          {plural(round.wells, round.kind === "pooled" ? "gene" : "well")}
          {typeof hits === "number" &&
            `, ${plural(hits, "hit")} (${percent(hits / Math.max(1, round.wells))})`}
        </Text>
        <Text size="sm" c="dimmed">
          {round.results_at
            ? `results ${dateTime(round.results_at)}`
            : `planned ${dateTime(round.created_at)}`}
        </Text>
      </Group>
      {round.model_weight && (
        <Text size="sm" mt={4}>
          Weight of the model's screen:{" "}
          <Bar
            share={round.model_weight.share}
            label={`share ${percent(round.model_weight.share)}`}
          />{" "}
          <span className="number">{percent(round.model_weight.share)}</span>.{" "}
          {round.model_weight.explanation}
        </Text>
      )}
      {round.decision && <Decision decision={round.decision} />}
    </>
  );
}

function Decision({ decision }: { decision: ModelDecision }) {
  return (
    <>
      <Text size="sm" mt={4} component="div">
        <Badge tone={decision.promote ? "good" : "plain"}>
          {decision.promote ? "new model promoted" : "new model not used"}
        </Badge>{" "}
        {decision.reason}
      </Text>
      <details className="details">
        <summary>Numbers behind this decision</summary>
        <EvaluationTable evaluation={decision.evaluation} />
      </details>
    </>
  );
}
