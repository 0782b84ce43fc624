import { Table, Text } from "@mantine/core";
import type { Coverage } from "../../api/types";
import { ShareBars, type ShareRow } from "../../charts/ShareBars";
import { Badge } from "../../components/Badge";
import { compact, count, fixed, NOTHING, percent, plural } from "../../format/number";

/** The three shares that say how much of the cells a model can see. */
export function coverageRows(c: Coverage): ShareRow[] {
  const of = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  return [
    {
      name: "Genes the model knows",
      share: of(c.genes_known, c.genes),
      words: `${count(c.genes_known)} of the ${count(c.genes)} measured genes`,
    },
    {
      name: "Counts on those genes",
      share: c.counts_share,
      words: `${compact(c.counts_seen)} of ${compact(c.counts)} counts, before cells are cut to the model's length`,
    },
    {
      name: "Cells longer than the model reads",
      share: of(c.cells_truncated, c.cells),
      bad: true,
      words:
        c.cells_truncated > 0
          ? `${count(c.cells_truncated)} of ${count(c.cells)} cells; ${fixed(c.truncated_mean, 1)} expressed genes are cut away on average over all cells, ${count(c.truncated_max)} at most`
          : `none of ${plural(c.cells, "cell")}: nothing is cut away`,
    },
    {
      name: "The model's genes in the data",
      share: of(c.vocabulary_measured, c.vocabulary),
      words: `${count(c.vocabulary_measured)} of the ${count(c.vocabulary)} genes of the vocabulary are measured`,
    },
  ];
}

/** How much of a data set a model can see. */
export function CoverageFigure({ coverage }: { coverage: Coverage }) {
  return (
    <>
      <ShareBars rows={coverageRows(coverage)} label="What the model sees of these cells" />
      {coverage.cells_blank > 0 && (
        <Text mt="md">
          <Badge tone="warn">{plural(coverage.cells_blank, "cell")} without any known gene</Badge>{" "}
          The model has nothing to read in them.
        </Text>
      )}
      <UnknownGenes coverage={coverage} />
    </>
  );
}

function UnknownGenes({ coverage }: { coverage: Coverage }) {
  const { unknown_genes: genes } = coverage;
  if (genes.length === 0)
    return (
      <Text size="sm" mt="md">
        The model knows every gene that has counts.
      </Text>
    );
  return (
    <details className="details" style={{ marginTop: 16 }}>
      <summary>Genes the model cannot see, those with most counts first</summary>
      <Table className="table" maw={560} mt="xs" aria-label="Unknown genes with most counts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Gene</Table.Th>
            <Table.Th>Ensembl id</Table.Th>
            <Table.Th className="number">Counts</Table.Th>
            <Table.Th className="number">Of all counts</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {genes.map((gene) => (
            <Table.Tr key={`${gene.symbol}/${gene.ensembl_id}`}>
              <Table.Td>{gene.symbol}</Table.Td>
              <Table.Td>{gene.ensembl_id ?? NOTHING}</Table.Td>
              <Table.Td className="number">{count(gene.counts)}</Table.Td>
              <Table.Td className="number">{percent(gene.counts / coverage.counts)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt={4}>
        The counts the model does not see are {percent(1 - coverage.counts_share)} of all.
      </Text>
    </details>
  );
}
