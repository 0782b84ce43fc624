import { Table, Text, Title } from "@mantine/core";
import type { ScreenReport } from "../../api/types";
import { Badge } from "../../components/Badge";
import { count, signed } from "../../format/number";

/** From here on a correlation is called strong. */
const STRONG = 0.5;

/** How far the ranking follows what should not explain it. */
export function ConfoundingCard({ report, kind }: { report: ScreenReport; kind: string }) {
  const rows = report.confounding.filter((found) => found.perturbation === kind);
  if (rows.length === 0) return null;
  return (
    <section className="card" aria-labelledby="confounding-title">
      <Title order={2} size="h4" id="confounding-title">
        What may explain the ranking
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Spearman correlation of the effects with how the targets are expressed. A ranking that only
        follows expression needs no model.
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="scroll" tabIndex={0} aria-label="Correlation with expression">
        <Table className="table" aria-label="Correlation with expression">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>With</Table.Th>
              <Table.Th className="number">Correlation</Table.Th>
              <Table.Th className="number">Targets</Table.Th>
              <Table.Th>Caution</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.with}>
                <Table.Td>{row.with}</Table.Td>
                <Table.Td className="number">{signed(row.spearman)}</Table.Td>
                <Table.Td className="number">{count(row.n)}</Table.Td>
                <Table.Td>
                  {Math.abs(row.spearman) >= STRONG && <Badge tone="warn">strong</Badge>}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </section>
  );
}
