import { Table } from "@mantine/core";
import type { Point } from "../../charts/scatter";
import { count, fixed } from "../../format/number";
import { centresOf, type Grouping } from "./obs-groups";

type Props = { points: readonly Point[]; grouping: Grouping; name: string; axis?: string };

/** The picture as numbers: where each group lies and how far it spreads. */
export function CentreTable({ points, grouping, name, axis = "PC" }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll" tabIndex={0} aria-label="Centres of the groups">
      <Table className="table" aria-label="Centres of the groups">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{name}</Table.Th>
            <Table.Th className="number">Cells</Table.Th>
            <Table.Th className="number">Centre, {axis} 1</Table.Th>
            <Table.Th className="number">Centre, {axis} 2</Table.Th>
            <Table.Th className="number">Spread (rms)</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {centresOf(points, grouping).map((centre) => (
            <Table.Tr key={centre.label}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{centre.label}</Table.Td>
              <Table.Td className="number">{count(centre.cells)}</Table.Td>
              <Table.Td className="number">{fixed(centre.x, 3)}</Table.Td>
              <Table.Td className="number">{fixed(centre.y, 3)}</Table.Td>
              <Table.Td className="number">{fixed(centre.spread, 3)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
