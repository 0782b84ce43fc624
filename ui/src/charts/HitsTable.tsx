import { Table } from "@mantine/core";
import { count, fixed, NOTHING } from "../format/number";
import type { CurveRow } from "./hits-curve";

/** The hits curve as numbers. */
export function HitsTable({ rows }: { rows: readonly CurveRow[] }) {
  return (
    <Table className="table" aria-label="Hits found against wells used">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>After round</Table.Th>
          <Table.Th className="number">Wells used</Table.Th>
          <Table.Th className="number">Hits found</Table.Th>
          <Table.Th className="number">Random, expected</Table.Th>
          <Table.Th className="number">Random, 5–95 %</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.round}>
            <Table.Td>{row.round === 0 ? "start" : row.round}</Table.Td>
            <Table.Td className="number">{count(row.wells)}</Table.Td>
            <Table.Td className="number">{count(row.hits)}</Table.Td>
            <Table.Td className="number">{fixed(row.expected, 1)}</Table.Td>
            <Table.Td className="number">
              {row.low === undefined ? NOTHING : `${count(row.low)}–${count(row.high)}`}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
