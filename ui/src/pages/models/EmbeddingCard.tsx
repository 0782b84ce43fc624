import { Button, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { embedding } from "../../api/models";
import type { Dataset, ModelEmbedding } from "../../api/types";
import { Loaded } from "../../components/states";
import { count } from "../../format/number";
import { hasEnded } from "../jobs/job-words";
import { EmbeddingPicture } from "./EmbeddingPicture";
import { CELLS, DEFAULT_CELLS, type ModelSearch } from "./model-search";
import { colourColumns, firstColour, pictureOf, previewCaption } from "./preview-picture";
import { useJob } from "./use-work";
import { WorkState } from "./WorkState";

type Props = {
  digest: string;
  kinds: readonly ModelEmbedding[];
  dataset: Dataset;
  search: ModelSearch;
  go: (change: ModelSearch) => void;
};

/** The word in the address for "no colour", so that it differs from "not chosen". */
const PLAIN = "-";

/** Cells as the model sees them: kind and colour are in the address, and so is that it was drawn. */
export function EmbeddingCard({ digest, kinds, dataset, search, go }: Props) {
  const columns = colourColumns(dataset);
  const asked = search.colour ?? firstColour(dataset) ?? PLAIN;
  const colour = columns.includes(asked) ? asked : undefined;
  const kind = kinds.some(({ name }) => name === search.embedding)
    ? search.embedding
    : kinds[0]?.name;
  const cells = search.cells ?? DEFAULT_CELLS;
  const drawn = search.embedding !== undefined;
  return (
    <Stack gap="sm">
      <section className="card" aria-labelledby="embedding-title">
        <Title order={2} size="h4" id="embedding-title">
          Embedding preview
        </Title>
        <Text size="sm" c="dimmed" mb="md">
          The cells of {dataset.name} as the model sees them, on the two axes of most variance.
        </Text>
        <Group align="flex-end">
          <NativeSelect
            label="Embedding"
            value={kind}
            data={kinds.map(({ name, width }) => ({ value: name, label: `${name} (${width})` }))}
            onChange={(event) =>
              go(drawn ? { embedding: event.currentTarget.value } : { embedding: undefined })
            }
          />
          <NativeSelect
            label="Colour by"
            value={colour ?? PLAIN}
            data={[{ value: PLAIN, label: "nothing" }, ...columns]}
            onChange={(event) => go({ colour: event.currentTarget.value })}
          />
          {dataset.report.n_cells > CELLS[0] && (
            <NativeSelect
              label="Cells at most"
              value={String(cells)}
              data={CELLS.map((n) => ({ value: String(n), label: count(n) }))}
              onChange={(event) => go({ cells: Number(event.currentTarget.value) })}
            />
          )}
          {!drawn && <Button onClick={() => go({ embedding: kind })}>Draw the cells</Button>}
        </Group>
      </section>
      {drawn && kind && (
        <Drawn digest={digest} dataset={dataset} kind={kind} cells={cells} colour={colour} />
      )}
    </Stack>
  );
}

type DrawnProps = {
  digest: string;
  dataset: Dataset;
  kind: string;
  cells: number;
  colour?: string;
};

function Drawn({ digest, dataset, kind, cells, colour }: DrawnProps) {
  const request = { dataset: dataset.digest, kind, max_cells: cells, colour };
  const asked = embedding(digest, request);
  const query = useQuery(asked);
  const waitsFor = query.data?.at === "queued" ? query.data.jobId : null;
  const job = useJob(waitsFor, asked.queryKey);
  return (
    <Loaded query={query} what="the embedding">
      {(state) =>
        state.at === "queued" ? (
          <div className="card">
            <WorkState
              job={job}
              onRetry={job && hasEnded(job) ? () => void query.refetch() : undefined}
            />
          </div>
        ) : (
          <EmbeddingPicture
            picture={pictureOf(state.preview)}
            title={`${dataset.name}, ${state.preview.kind}`}
            caption={previewCaption(state.preview, dataset)}
            fileName={`${dataset.name}-${state.preview.kind}.csv`}
          />
        )
      }
    </Loaded>
  );
}
