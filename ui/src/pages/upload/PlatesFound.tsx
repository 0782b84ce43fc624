import { Table } from "@mantine/core";
import type { PlatePreview } from "../../api/types";
import { count, fixed } from "../../format/number";

/** Missing wells in words; long lists are cut. */
export function missingWords(wells: readonly string[]): string {
  if (wells.length === 0) return "none";
  const shown = wells.slice(0, 8).join(", ");
  return wells.length > 8 ? `${wells.length}: ${shown}, …` : `${wells.length}: ${shown}`;
}

/** Plates of the file with their quality and the hits it would call. */
export function PlatesFound({ plates }: { plates: readonly PlatePreview[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll" tabIndex={0} aria-label="Plates in the file">
      <Table className="table" aria-label="Plates in the file">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Plate</Table.Th>
            <Table.Th className="number">Values</Table.Th>
            <Table.Th>Wells without a value</Table.Th>
            <Table.Th className="number">Z′</Table.Th>
            <Table.Th className="number">SSMD</Table.Th>
            <Table.Th className="number">Hits it would call</Table.Th>
            <Table.Th>Quality</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {plates.map((plate) => (
            <Table.Tr key={plate.barcode}>
              <Table.Td fw={650}>{plate.barcode}</Table.Td>
              <Table.Td className="number">{count(plate.values)}</Table.Td>
              <Table.Td>{missingWords(plate.missing_wells)}</Table.Td>
              <Table.Td className="number">{fixed(plate.qc?.z_prime, 2)}</Table.Td>
              <Table.Td className="number">{fixed(plate.qc?.ssmd, 1)}</Table.Td>
              <Table.Td className="number">{count(plate.hits)}</Table.Td>
              <Table.Td>{plate.qc?.note}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
