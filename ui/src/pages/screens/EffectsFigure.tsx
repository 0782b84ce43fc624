import { Group, NativeSelect, Stack, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { screenPoints } from "../../api/screens";
import type { ScreenPoints, ScreenSummary } from "../../api/types";
import { GroupScatter } from "../../charts/GroupScatter";
import type { Point } from "../../charts/scatter";
import { Figure } from "../../components/Figure";
import { Loaded } from "../../components/states";
import { plural, signed } from "../../format/number";

type Props = { screens: readonly ScreenSummary[]; kind: string };

/** Mean effects of two of the screens against each other. */
export function EffectsFigure({ screens, kind }: Props) {
  const [across, setAcross] = useState(screens[0]?.id ?? "");
  const [up, setUp] = useState(screens[1]?.id ?? "");
  const one = useQuery(screenPoints(across, kind));
  const other = useQuery(screenPoints(up, kind));
  const options = screens.map(({ id, name, model_name }) => ({
    value: id,
    label: `${name} (${model_name})`,
  }));
  const name = (id: string) => options.find((option) => option.value === id)?.label ?? "";
  return (
    <Stack gap="sm">
      <Group>
        <NativeSelect
          label="Across"
          value={across}
          data={options}
          onChange={(event) => setAcross(event.currentTarget.value)}
        />
        <NativeSelect
          label="Up"
          value={up}
          data={options}
          onChange={(event) => setUp(event.currentTarget.value)}
        />
      </Group>
      <Loaded query={one} what="the first screen">
        {(a) => (
          <Loaded query={other} what="the second screen">
            {(b) => <Effects a={a} b={b} across={name(across)} up={name(up)} />}
          </Loaded>
        )}
      </Loaded>
    </Stack>
  );
}

const GROUPS = ["significant in both", "in one of them", "in neither"];

/** Targets that both screens measured, with their effects in each. */
export function commonTargets(a: ScreenPoints, b: ScreenPoints) {
  const place = new Map(b.labels.map((label, i) => [label, i]));
  const labels: string[] = [];
  const points: Point[] = [];
  const of: number[] = [];
  a.labels.forEach((label, i) => {
    const j = place.get(label);
    if (j === undefined) return;
    const significant = Number(a.significant[i]) + Number(b.significant[j]);
    labels.push(label);
    points.push([a.means[i] ?? 0, b.means[j] ?? 0]);
    of.push(2 - significant);
  });
  return { labels, points, of };
}

type EffectsProps = { a: ScreenPoints; b: ScreenPoints; across: string; up: string };

function Effects({ a, b, across, up }: EffectsProps) {
  const { labels, points, of } = useMemo(() => commonTargets(a, b), [a, b]);
  const groups = GROUPS.map((label, i) => ({
    label,
    cells: of.filter((group) => group === i).length,
    slot: i === 2 ? null : i,
  }));
  const describe = useCallback(
    (i: number) => ({
      title: labels[i] ?? "",
      text: `${signed(points[i]?.[0], 4)} across, ${signed(points[i]?.[1], 4)} up`,
    }),
    [labels, points],
  );
  return (
    <Figure
      title="Effects in two screens"
      caption={`${plural(points.length, "target")} that both measured: mean effect in each. Effects of different models have different sizes; their order is what compares.`}
      table={
        <Table className="table" aria-label="Effects in two screens">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Target</Table.Th>
              <Table.Th className="number">{across}</Table.Th>
              <Table.Th className="number">{up}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {labels.slice(0, 50).map((label, i) => (
              <Table.Tr key={label}>
                <Table.Td>{label}</Table.Td>
                <Table.Td className="number">{signed(points[i]?.[0], 4)}</Table.Td>
                <Table.Td className="number">{signed(points[i]?.[1], 4)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      }
    >
      <GroupScatter
        points={points}
        groups={groups}
        of={of}
        describe={describe}
        xLabel={`Mean effect, ${across}`}
        yLabel={`Mean effect, ${up}`}
        name="Targets"
        label={`${plural(points.length, "target")}, effect in ${across} against ${up}; the table has the first 50`}
        guides={{ x: 0, y: 0 }}
      />
    </Figure>
  );
}
