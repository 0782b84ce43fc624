import { Table } from "@mantine/core";
import type { CalibrationScores } from "../../api/types";
import { count, percent } from "../../format/number";

/** Coverage as numbers. */
export function CoverageTable({ scores: { raw, corrected } }: { scores: CalibrationScores }) {
  const mended = new Map(corrected?.coverage.map((c) => [c.level, c.covered]));
  return (
    <Table className="table" aria-label="How often intervals held the measurement">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Level claimed</Table.Th>
          <Table.Th className="number">Held</Table.Th>
          <Table.Th className="number">Share</Table.Th>
          <Table.Th className="number">Chance allows</Table.Th>
          <Table.Th className="number">Corrected</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {raw.coverage.map((c) => (
          <Table.Tr key={c.level}>
            <Table.Td>{percent(c.level)}</Table.Td>
            <Table.Td className="number">{`${count(c.inside)} of ${count(raw.wells)}`}</Table.Td>
            <Table.Td className="number">{percent(c.covered)}</Table.Td>
            <Table.Td className="number">{`${percent(c.low)} to ${percent(c.high)}`}</Table.Td>
            <Table.Td className="number">{percent(mended.get(c.level))}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** The histogram as numbers. */
export function PitTable({ pit }: { pit: CalibrationScores["pit"] }) {
  return (
    <Table className="table" aria-label="Where measurements fell in their predictions">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Place in the prediction</Table.Th>
          <Table.Th className="number">Genes</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {pit.counts.map((wells, i) => {
          const place = `${10 * i} to ${10 * (i + 1)} %`;
          return (
            <Table.Tr key={place}>
              <Table.Td>{place}</Table.Td>
              <Table.Td className="number">{count(wells)}</Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

/** The reliability diagram as numbers. */
export function BinsTable({ hits }: { hits: CalibrationScores["hits"] }) {
  return (
    <Table className="table" aria-label="Whether hit probabilities came true">
      <Table.Thead>
        <Table.Tr>
          <Table.Th className="number">Mean probability</Table.Th>
          <Table.Th className="number">Genes</Table.Th>
          <Table.Th className="number">Share of hits</Table.Th>
          <Table.Th className="number">Chance allows</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {hits.bins.map((bin) => (
          <Table.Tr key={bin.predicted}>
            <Table.Td className="number">{percent(bin.predicted)}</Table.Td>
            <Table.Td className="number">{count(bin.wells)}</Table.Td>
            <Table.Td className="number">{percent(bin.observed)}</Table.Td>
            <Table.Td className="number">{`${percent(bin.low)} to ${percent(bin.high)}`}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
