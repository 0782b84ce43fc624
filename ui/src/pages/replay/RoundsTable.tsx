import { Table } from "@mantine/core";
import type { ReplayReport } from "../../api/types";
import { percent } from "../../format/number";

/** The curves as numbers. */
export function RoundsTable({ report }: { report: ReplayReport }) {
  const rounds = report.random_band_90;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll" tabIndex={0} aria-label="Hits found by round">
      <Table className="table" aria-label="Share of hits found after each round">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Strategy</Table.Th>
            {rounds.map((band, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rounds have no other name
              <Table.Th className="number" key={`${i}-${band.mean}`}>
                {`Round ${i + 1}`}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.strategies.map((strategy) => (
            <Table.Tr key={strategy.name}>
              <Table.Td>{strategy.name}</Table.Td>
              {strategy.per_round.map((share, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rounds have no other name
                <Table.Td className="number" key={`${i}-${share}`}>
                  {percent(share)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>chance, 5–95 %</Table.Td>
            {rounds.map((band, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rounds have no other name
              <Table.Td className="number" key={`${i}-${band.mean}`}>
                {`${percent(band.low)} to ${percent(band.high)}`}
              </Table.Td>
            ))}
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </section>
  );
}
