import { Table, Text } from "@mantine/core";
import type { RefusedGuide } from "../../api/types";
import { count, plural } from "../../format/number";
import { Region } from "./Region";

/** Rows that a page can carry; the rest is counted. */
const SHOWN = 200;

/** Guides that cannot be ordered, by name, each with the reason. */
export function RefusedGuides({ refused }: { refused: readonly RefusedGuide[] }) {
  if (refused.length === 0) return <Text size="sm">Every guide can be ordered.</Text>;
  return (
    <details className="details" open={refused.length <= 12}>
      <summary>{plural(refused.length, "guide")} refused, by name</summary>
      <Region label="Refused guides">
        <Table className="table" aria-label="Refused guides">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Guide</Table.Th>
              <Table.Th>Target</Table.Th>
              <Table.Th>Why it cannot be ordered</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {refused.slice(0, SHOWN).map((guide) => (
              <Table.Tr key={guide.guide_id}>
                <Table.Td fw={650}>{guide.guide_id}</Table.Td>
                <Table.Td>{guide.target}</Table.Td>
                <Table.Td>{guide.reason}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Region>
      {refused.length > SHOWN && (
        <Text size="sm">
          and {count(refused.length - SHOWN)} more; the next best guides are taken.
        </Text>
      )}
    </details>
  );
}
