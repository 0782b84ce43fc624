import { Table } from "@mantine/core";
import type { Issue } from "../api/types";
import { NOTHING } from "../format/number";

type Props = { issues: readonly Issue[]; caption: string };

/** Findings about an uploaded file, each with its place. */
export function IssueList({ issues, caption }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll" aria-label={caption} tabIndex={0}>
      <Table className="table" aria-label={caption}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="number">Row</Table.Th>
            <Table.Th>Column or well</Table.Th>
            <Table.Th>What was found, what to do</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {issues.map((issue) => (
            <Table.Tr key={`${issue.code}/${issue.row}/${issue.column}/${issue.message}`}>
              <Table.Td className="number">{issue.row ?? NOTHING}</Table.Td>
              <Table.Td>{issue.column ?? NOTHING}</Table.Td>
              <Table.Td>{issue.message}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
