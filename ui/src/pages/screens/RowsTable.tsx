import { Anchor, Table, Text } from "@mantine/core";
import type { ScreenOrder, ScreenTargetRow } from "../../api/types";
import { IntervalMark } from "../../charts/IntervalMark";
import { sharedReach } from "../../charts/interval";
import { Badge } from "../../components/Badge";
import { SortHeader } from "../../components/SortHeader";
import { count, fixed, NOTHING, percent, probability, signed } from "../../format/number";
import { donorsWords, intervalOf, qOf } from "./row-effect";
import { SORTS, type SortKey } from "./screen-search";
import { effectWords } from "./screen-words";

type Props = {
  rows: readonly ScreenTargetRow[];
  order: ScreenOrder;
  sort: string | undefined;
  onSort: (sort: string) => void;
  onOpen: (label: string) => void;
};

/** One page of a report's rows. */
export function RowsTable({ rows, order, sort, onSort, onOpen }: Props) {
  const hasGoal = Boolean(order.goal);
  const reach = sharedReach(rows.map((row) => intervalOf(row.effects[0])));
  const pairs = rows.some((row) => row.singles.length > 0);
  const by = (column: SortKey) => ({ column, sort: sort ?? "rank", first: SORTS[column], onSort });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-label="Rows of the screen">
      <Table className="table" aria-label="Rows of the screen">
        <Table.Thead>
          <Table.Tr>
            <SortHeader {...by("rank")} number>
              Rank
            </SortHeader>
            <SortHeader {...by("label")}>Target</SortHeader>
            <SortHeader
              {...by("mean")}
              note={hasGoal ? `axis −${reach.toFixed(4)} … 0 … +${reach.toFixed(4)}` : undefined}
            >
              Effect
            </SortHeader>
            <SortHeader {...by("q")} number>
              q
            </SortHeader>
            <Table.Th className="number">Donors agree</Table.Th>
            <SortHeader {...by("n_cells")} number>
              Cells
            </SortHeader>
            <SortHeader {...by("detection_rate")} number>
              Detected
            </SortHeader>
            <SortHeader {...by("matched_percentile")} number>
              Against matched
            </SortHeader>
            {pairs && <Table.Th className="number">Joint − sum</Table.Th>}
            <Table.Th className="number">Measured |z|</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Row
              key={`${row.perturbation}/${row.genes.join("+")}`}
              row={row}
              reach={reach}
              hasGoal={hasGoal}
              pairs={pairs}
              onOpen={onOpen}
            />
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="xs">
        Effect: mean {effectWords(order)}, with its 95 % interval over donors where there are three
        or more, else over cells. Detected: share of start cells with a count. Against matched:
        share of the targets expressed about as much whose effect is smaller.
      </Text>
    </section>
  );
}

type RowProps = {
  row: ScreenTargetRow;
  reach: number;
  hasGoal: boolean;
  pairs: boolean;
  onOpen: (label: string) => void;
};

function Row({ row, reach, hasGoal, pairs, onOpen }: RowProps) {
  const interval = intervalOf(row.effects[0]);
  return (
    <Table.Tr>
      <Table.Td className="number">{row.rank ?? NOTHING}</Table.Td>
      <Table.Td>
        <Anchor
          component="button"
          type="button"
          fw={650}
          underline="always"
          onClick={() => onOpen(row.label)}
        >
          {row.label}
        </Anchor>{" "}
        {row.significant && <Badge tone="hit">significant</Badge>}{" "}
        {row.transcription_factor && <Badge>TF</Badge>}{" "}
        {row.druggable.length > 0 && <Badge tone="busy">{row.druggable[0]}</Badge>}
      </Table.Td>
      <Table.Td>
        {hasGoal ? (
          <IntervalMark interval={interval} reach={reach} what={`${row.label} effect`} />
        ) : (
          fixed(interval.mean, 5)
        )}
      </Table.Td>
      <Table.Td className="number">{probability(qOf(row))}</Table.Td>
      <Table.Td className="number">{donorsWords(row) ?? NOTHING}</Table.Td>
      <Table.Td className="number">{count(row.n_cells)}</Table.Td>
      <Table.Td className="number">{percent(row.detection_rate)}</Table.Td>
      <Table.Td className="number">{percent(row.matched_percentile)}</Table.Td>
      {pairs && <Table.Td className="number">{signed(row.joint_minus_sum, 4)}</Table.Td>}
      <Table.Td className="number">{fixed(row.measured, 1)}</Table.Td>
    </Table.Tr>
  );
}
