import { Table, Title } from "@mantine/core";
import type { ReplayReport } from "../../api/types";
import { fixed, NOTHING, percent, probability } from "../../format/number";

/** Every strategy at the end of its budget. */
export function BudgetTable({ report }: { report: ReplayReport }) {
  const chance = report.random_band_90.at(-1);
  const genes = report.rounds * report.batch;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-labelledby="at-budget">
      <Title order={2} size="h4" id="at-budget" mb="xs">
        After {genes} genes
      </Title>
      <Table className="table" aria-labelledby="at-budget">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Strategy</Table.Th>
            <Table.Th className="number">Hits found</Table.Th>
            <Table.Th className="number">95 % interval</Table.Th>
            <Table.Th className="number">Enrichment</Table.Th>
            <Table.Th className="number">p, against random</Table.Th>
            <Table.Th className="number">p, against ridge</Table.Th>
            <Table.Th className="number">Area</Table.Th>
            <Table.Th className="number">Seconds</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.strategies.map((found) => (
            <Table.Tr key={found.name}>
              <Table.Td>{found.name}</Table.Td>
              <Table.Td className="number">{percent(found.mean)}</Table.Td>
              <Table.Td className="number">
                {found.interval_95
                  ? `${percent(Math.max(0, found.interval_95[0] ?? 0))} to ${percent(Math.min(1, found.interval_95[1] ?? 1))}`
                  : NOTHING}
              </Table.Td>
              <Table.Td className="number">{fixed(found.enrichment, 1)} ×</Table.Td>
              <Table.Td className="number">{probability(found.p_vs_random)}</Table.Td>
              <Table.Td className="number">{probability(found.p_vs_ridge)}</Table.Td>
              <Table.Td className="number">{fixed(found.area, 3)}</Table.Td>
              <Table.Td className="number">{fixed(found.seconds, 1)}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>chance, exactly</Table.Td>
            <Table.Td className="number">{percent(chance?.mean)}</Table.Td>
            <Table.Td className="number">
              {`${percent(chance?.low)} to ${percent(chance?.high)} (90 %)`}
            </Table.Td>
            <Table.Td className="number">1.0 ×</Table.Td>
            <Table.Td className="number">{NOTHING}</Table.Td>
            <Table.Td className="number">{NOTHING}</Table.Td>
            <Table.Td className="number">{NOTHING}</Table.Td>
            <Table.Td className="number">{NOTHING}</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </section>
  );
}
