import { Table, Title } from "@mantine/core";
import type { PreviewRow } from "../../api/types";
import { count, fixed, NOTHING } from "../../format/number";

/** The first rows of a file, as they were understood. */
export function PreviewTable({ rows, total }: { rows: readonly PreviewRow[]; total: number }) {
  return (
    <div>
      <Title order={3} size="h5" mb={4}>
        First {count(rows.length)} of {count(total)} rows, as understood
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section style={{ maxHeight: 300, overflow: "auto" }} tabIndex={0} aria-label="Preview">
        <Table className="table" striped aria-label="Preview of the file">
          <Table.Thead>
            <Table.Tr>
              <Table.Th className="number">Row</Table.Th>
              <Table.Th>Plate</Table.Th>
              <Table.Th>Well</Table.Th>
              <Table.Th>In the well</Table.Th>
              <Table.Th className="number">Value</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.row}>
                <Table.Td className="number">{row.row}</Table.Td>
                <Table.Td>{row.plate}</Table.Td>
                <Table.Td>{row.well}</Table.Td>
                <Table.Td>{row.symbol ?? NOTHING}</Table.Td>
                <Table.Td className="number">{fixed(row.value, 4)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </div>
  );
}
