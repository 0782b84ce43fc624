import { Anchor, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { screenPoints } from "../../api/screens";
import type { ScreenPoints, ScreenReport } from "../../api/types";
import { GroupScatter } from "../../charts/GroupScatter";
import { Figure } from "../../components/Figure";
import { Loaded } from "../../components/states";
import { count, plural, probability, signed } from "../../format/number";
import { effectWords, perturbationWords } from "./screen-words";
import { SIGNIFICANT_Q, volcanoOf } from "./volcano";

type Props = { report: ScreenReport; kind: string; onOpen: (label: string) => void };

/** Rows of the table beside the picture. */
const LISTED = 20;

/** Mean effect against q of every row of one perturbation. */
export function VolcanoFigure({ report, kind, onOpen }: Props) {
  const query = useQuery(screenPoints(report.screen.id, kind));
  return (
    <Loaded query={query} what="the volcano plot">
      {(points) => <Volcano report={report} kind={kind} points={points} onOpen={onOpen} />}
    </Loaded>
  );
}

function Volcano({ report, kind, points, onOpen }: Props & { points: ScreenPoints }) {
  const { order } = report.screen;
  const hasGoal = Boolean(order.goal);
  const volcano = useMemo(() => volcanoOf(points, hasGoal), [points, hasGoal]);
  const describe = useCallback(
    (i: number) => {
      const row = volcano.rows[i] ?? -1;
      return {
        title: points.labels[row] ?? "",
        text: `${effectWords(order)} ${signed(points.means[row], 4)}, q ${probability(points.qs[row])}`,
      };
    },
    [volcano, points, order],
  );
  const untested = points.means.length - volcano.points.length;
  const groups = volcano.groups.filter((group) => group.label !== "");
  const of = hasGoal ? volcano.of : volcano.of.map((group) => (group === 2 ? 1 : group));
  return (
    <Figure
      title={`Every ${perturbationWords(kind)}`}
      caption={`${plural(volcano.points.length, "target")}: mean ${effectWords(order)} over cells, and −log10 of the q value${report.n_donors >= 3 ? " over donors" : " over cells (fewer than three donors)"}. Dashed: no effect, and q = ${SIGNIFICANT_Q}. A significant row also has enough cells and lies beyond rounding.${untested > 0 ? ` ${plural(untested, "target")} with too few cells to be tested not drawn.` : ""}`}
      table={<TopTable points={points} onOpen={onOpen} />}
    >
      <GroupScatter
        points={volcano.points}
        groups={groups}
        of={of}
        describe={describe}
        xLabel={`Mean ${effectWords(order)}`}
        yLabel="−log10 q"
        name="Targets"
        label={`Volcano plot of ${plural(volcano.points.length, "target")}; the table has the first ${LISTED}`}
        guides={{ x: hasGoal ? 0 : undefined, y: -Math.log10(SIGNIFICANT_Q) }}
      />
    </Figure>
  );
}

function TopTable({ points, onOpen }: { points: ScreenPoints; onOpen: (label: string) => void }) {
  return (
    <>
      <Table className="table" aria-label="First of the ranking">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="number">Rank</Table.Th>
            <Table.Th>Target</Table.Th>
            <Table.Th className="number">Mean effect</Table.Th>
            <Table.Th className="number">q</Table.Th>
            <Table.Th>Significant</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {points.labels.slice(0, LISTED).map((label, i) => (
            <Table.Tr key={label}>
              <Table.Td className="number">{count(i + 1)}</Table.Td>
              <Table.Td>
                <Anchor component="button" type="button" onClick={() => onOpen(label)}>
                  {label}
                </Anchor>
              </Table.Td>
              <Table.Td className="number">{signed(points.means[i], 4)}</Table.Td>
              <Table.Td className="number">{probability(points.qs[i])}</Table.Td>
              <Table.Td>{points.significant[i] ? "yes" : "no"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {points.labels.length > LISTED && (
        <Text size="sm" c="dimmed">
          The first {LISTED} of {count(points.labels.length)}; all are in the table below.
        </Text>
      )}
    </>
  );
}
