import { Button, Code, FileButton, Group, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { addFeatures, removeFeatures } from "../../api/actions";
import { featureBlocks } from "../../api/queries";
import type { FeatureBlock } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { Loaded } from "../../components/states";
import { count } from "../../format/number";
import { dateTime } from "../../format/time";

/** Blocks of gene features that the lab brought: list, add, remove. Each takes effect at once. */
export function FeatureBlocks({ campaignId }: { campaignId: string }) {
  const client = useQueryClient();
  const query = useQuery(featureBlocks(campaignId));
  const store = (blocks: FeatureBlock[]) => {
    client.setQueryData(featureBlocks(campaignId).queryKey, blocks);
    return client.invalidateQueries();
  };
  const add = useMutation({
    mutationFn: (file: File) => addFeatures(campaignId, file),
    onSuccess: store,
  });
  const remove = useMutation({
    mutationFn: (name: string) => removeFeatures(campaignId, name),
    onSuccess: store,
  });
  const busy = add.isPending || remove.isPending;
  return (
    <section className="card" aria-labelledby="features-title">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id="features-title">
          Gene features of your own
        </Title>
        <FileButton
          accept=".csv,.gz,text/csv,application/gzip"
          onChange={(file) => file && add.mutate(file)}
          inputProps={{ "aria-label": "File of gene features" }}
        >
          {(props) => (
            <Button {...props} variant="default" loading={busy}>
              Add a block …
            </Button>
          )}
        </FileButton>
      </Group>
      <Text size="sm" c="dimmed" mb="sm">
        Numbers per gene that later rounds may learn from, besides the bundled ones. Make the file
        with <Code>nextwell features build</Code>; its weight is shown on each round. Takes effect
        at once.
      </Text>
      {add.isError && <ProblemAlert error={add.error} />}
      {remove.isError && <ProblemAlert error={remove.error} />}
      <Loaded query={query} what="the feature blocks">
        {(blocks) =>
          blocks.length === 0 ? (
            <Text size="sm">No block of your own yet.</Text>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
            <section className="scroll" tabIndex={0} aria-label="Feature blocks">
              <Table className="table" aria-label="Gene features of your own">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Block</Table.Th>
                    <Table.Th className="number">Genes</Table.Th>
                    <Table.Th className="number">Numbers</Table.Th>
                    <Table.Th>Source (licence)</Table.Th>
                    <Table.Th>Added</Table.Th>
                    <Table.Th>
                      <VisuallyHidden>Remove</VisuallyHidden>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {blocks.map((block) => (
                    <Table.Tr key={block.name}>
                      <Table.Td fw={650}>{block.name}</Table.Td>
                      <Table.Td className="number">{count(block.n_genes)}</Table.Td>
                      <Table.Td className="number">{count(block.width)}</Table.Td>
                      <Table.Td>
                        {block.source} ({block.licence})
                      </Table.Td>
                      <Table.Td>{dateTime(block.created_at)}</Table.Td>
                      <Table.Td>
                        <Button
                          size="compact-sm"
                          variant="subtle"
                          disabled={busy}
                          onClick={() => remove.mutate(block.name)}
                          aria-label={`Remove block ${block.name}`}
                        >
                          Remove
                        </Button>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </section>
          )
        }
      </Loaded>
    </section>
  );
}
