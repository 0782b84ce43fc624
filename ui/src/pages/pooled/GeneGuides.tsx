import { Table, Text } from "@mantine/core";
import type { PooledGene } from "../../api/types";
import { count, fixed } from "../../format/number";
import { Region } from "./Region";

/** Genes of a pooled round with the guides that are ordered for them. */
export function GeneGuides({ genes }: { genes: readonly PooledGene[] }) {
  return (
    <Region label="Guides">
      <Table className="table" aria-label="Genes with their guides">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Gene</Table.Th>
            <Table.Th className="number">Guides</Table.Th>
            <Table.Th>Best first: name, protospacer, score</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {genes.map((gene) => (
            <Table.Tr key={gene.symbol}>
              <Table.Td fw={650}>{gene.symbol}</Table.Td>
              <Table.Td className="number">{count(gene.guides.length)}</Table.Td>
              <Table.Td>
                {gene.guides.map((guide) => (
                  <Text key={guide.guide_id} size="sm" style={{ whiteSpace: "nowrap" }}>
                    {guide.guide_id} <code>{guide.protospacer}</code>
                    {typeof guide.score === "number" && ` ${fixed(guide.score, 2)}`}
                  </Text>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Region>
  );
}
