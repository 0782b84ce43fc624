import { Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Replay } from "../../api/types";
import { Badge } from "../../components/Badge";
import { fixed, percent } from "../../format/number";
import { dateTime } from "../../format/time";
import { stateWords } from "../screens/screen-words";
import { budgetWords, progressWords } from "./replay-words";

type Props = { campaignId: string; list: readonly Replay[] };

/** Replays, newest first, with what the planner found. */
export function ReplayList({ campaignId, list }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-label="Replays">
      <Table className="table" verticalSpacing="sm" aria-label="Replays, newest first">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Screen</Table.Th>
            <Table.Th>Budget</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th className="number">Hits found</Table.Th>
            <Table.Th className="number">Enrichment</Table.Th>
            <Table.Th>Ordered</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((replay) => (
            <Row key={replay.id} campaignId={campaignId} replay={replay} />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Row({ campaignId, replay }: { campaignId: string; replay: Replay }) {
  const [tone, words] = stateWords(replay.state);
  const first = replay.report?.strategies[0];
  return (
    <Table.Tr>
      <Table.Td style={{ minWidth: 150, overflowWrap: "anywhere" }}>
        <Link
          className="text-link"
          to="/c/$campaignId/replay/$replayId"
          params={{ campaignId, replayId: replay.id }}
        >
          {replay.name}
        </Link>
        {replay.options.control && (
          <div>
            <Badge tone="warn">{`control: ${replay.options.control}`}</Badge>
          </div>
        )}
      </Table.Td>
      <Table.Td>{budgetWords(replay.options)}</Table.Td>
      <Table.Td>
        <Badge tone={tone}>{words}</Badge>
        {replay.state === "running" && (
          <Text size="xs" className="number">
            {progressWords(replay)}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="number">
        {percent(first?.mean)}
        {first && (
          <Text size="xs" c="dimmed">
            {first.name}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="number">{first ? `${fixed(first.enrichment, 1)} ×` : "–"}</Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{dateTime(replay.created_at)}</Table.Td>
    </Table.Tr>
  );
}
