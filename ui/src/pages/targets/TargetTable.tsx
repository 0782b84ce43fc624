import { Anchor, Checkbox, Table, Text } from "@mantine/core";
import type { Target } from "../../api/types";
import { Bar } from "../../charts/Bar";
import { IntervalMark } from "../../charts/IntervalMark";
import { sharedReach } from "../../charts/interval";
import { Badge, HitBadge } from "../../components/Badge";
import { SortHeader } from "../../components/SortHeader";
import { NOTHING, percent, probability, signed } from "../../format/number";
import { knockOut, overExpression } from "./target-intervals";
import { SORTS, type SortKey } from "./target-search";
import { agreementWords, canAdd } from "./target-words";

type Props = {
  rows: readonly Target[];
  sort: string | undefined;
  onSort: (sort: string) => void;
  onOpen: (symbol: string) => void;
  chosen: readonly string[];
  onChoose: (symbol: string) => void;
};

/** One page of the ranked candidates. */
export function TargetTable({ rows, sort, onSort, onOpen, chosen, onChoose }: Props) {
  const reach = sharedReach(rows.flatMap((row) => [knockOut(row), overExpression(row)]));
  const by = (column: SortKey) => ({
    column,
    sort: sort ?? "rank",
    first: SORTS[column],
    onSort,
  });
  const axis = `axis −${reach.toFixed(4)} … 0 … +${reach.toFixed(4)}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-label="Targets">
      <Table className="table" aria-label="Ranked targets">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Add</Table.Th>
            <SortHeader {...by("rank")} number>
              Rank
            </SortHeader>
            <SortHeader {...by("symbol")}>Gene</SortHeader>
            <SortHeader {...by("knock_out_shift")} note={axis}>
              Knock-out shift
            </SortHeader>
            <SortHeader {...by("knock_out_q")} number>
              q
            </SortHeader>
            <Table.Th>Agree</Table.Th>
            <SortHeader {...by("over_expression_shift")} note={axis}>
              Over-expression shift
            </SortHeader>
            <SortHeader {...by("p_hit")}>P(hit)</SortHeader>
            <SortHeader {...by("robust_z")} number>
              Robust z
            </SortHeader>
            <Table.Th>Result</Table.Th>
            <Table.Th className="number">Round</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Row
              key={`${row.rank}/${row.symbol}`}
              row={row}
              reach={reach}
              onOpen={onOpen}
              chosen={chosen.includes(row.symbol)}
              onChoose={() => onChoose(row.symbol)}
            />
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="xs">
        Shift of the cells towards the goal state when the gene is perturbed in silico, with its 95
        % interval; the dashed line is zero. q and “agree” are of the knock-out: donors whose mean
        has the sign of the whole, and model families whose screen of the same cells has the sign of
        the campaign's own.
      </Text>
    </section>
  );
}

type RowProps = {
  row: Target;
  reach: number;
  onOpen: (symbol: string) => void;
  chosen: boolean;
  onChoose: () => void;
};

function Row({ row, reach, onOpen, chosen, onChoose }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          checked={chosen}
          disabled={!canAdd(row)}
          onChange={onChoose}
          aria-label={`Add ${row.symbol} to a round`}
        />
      </Table.Td>
      <Table.Td className="number">{row.rank}</Table.Td>
      <Table.Td>
        <Anchor
          component="button"
          type="button"
          fw={650}
          underline="always"
          onClick={() => onOpen(row.symbol)}
        >
          {row.symbol}
        </Anchor>
        {row.excluded_reason && (
          <>
            {" "}
            <Badge>set aside</Badge>
          </>
        )}
      </Table.Td>
      <Table.Td>
        <IntervalMark
          interval={knockOut(row)}
          reach={reach}
          what={`${row.symbol} knock-out shift`}
        />
      </Table.Td>
      <Table.Td className="number">{probability(row.knock_out_q)}</Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap", fontSize: 13 }}>
        {agreementWords(row).map((words) => (
          <div key={words}>{words}</div>
        ))}
      </Table.Td>
      <Table.Td>
        <IntervalMark
          interval={overExpression(row)}
          reach={reach}
          what={`${row.symbol} over-expression shift`}
        />
      </Table.Td>
      <Table.Td className="number" style={{ textAlign: "left" }}>
        {typeof row.p_hit === "number" ? (
          <>
            <Bar
              share={row.p_hit}
              width={56}
              label={`probability of a hit ${percent(row.p_hit)}`}
            />{" "}
            {percent(row.p_hit)}
          </>
        ) : (
          NOTHING
        )}
      </Table.Td>
      <Table.Td className="number">{signed(row.robust_z, 1)}</Table.Td>
      <Table.Td>
        <HitBadge hit={row.hit} />
      </Table.Td>
      <Table.Td className="number">{row.round_number ?? NOTHING}</Table.Td>
    </Table.Tr>
  );
}
