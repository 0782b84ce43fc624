import { Group, NativeSelect, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useIsMutating, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { model as modelQuery, models } from "../../api/models";
import { datasets } from "../../api/queries";
import type { Dataset, ModelDetails } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Empty, Loaded } from "../../components/states";
import { CoverageCard } from "./CoverageCard";
import { EmbeddingCard } from "./EmbeddingCard";
import { FactsCard } from "./FactsCard";
import { LicenceNote } from "./LicenceNote";
import { LineageCard } from "./LineageCard";
import { ModelsLink, useCampaign } from "./ModelLink";
import type { ModelSearch } from "./model-search";
import { familyWords, stateWords, usageWords } from "./model-words";
import { ParityCard } from "./ParityCard";
import { RemoveModel, removalKey } from "./RemoveModel";

/** One model: what it is, its terms, whether it is right here, and what it sees of some cells. */
export function ModelPage() {
  const { digest = "" } = useParams({ strict: false });
  // A model that is just being removed is not read again: it is no longer there.
  const removing = useIsMutating({ mutationKey: removalKey(digest) }) > 0;
  const query = useQuery({ ...modelQuery(digest), enabled: !removing });
  return (
    <Stack gap="lg">
      <Text size="sm">
        <ModelsLink>← All models</ModelsLink>
      </Text>
      <Loaded query={query} what="the model" heading="Model">
        {(details) => <Model details={details} />}
      </Loaded>
    </Stack>
  );
}

function Model({ details }: { details: ModelDetails }) {
  const { version, used_by } = details;
  const { card } = version;
  const campaignId = useCampaign();
  const navigate = useNavigate();
  const all = useQuery(models());
  const cells = useQuery(datasets());
  const [tone, words] = stateWords(version.state);
  const trainedOn = cells.data?.find(({ digest }) => digest === version.dataset_digest);
  const leave = () =>
    campaignId
      ? navigate({ to: "/c/$campaignId/models", params: { campaignId } })
      : navigate({ to: "/models" });
  return (
    <>
      <title>{`${version.name} · nextwell`}</title>
      <Group justify="space-between" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
            {version.name}
          </Title>
          <Group gap="xs" mt={4}>
            <Badge tone="busy">{familyWords(version.family)}</Badge>
            {card?.variant && <Badge>{card.variant}</Badge>}
            <Badge tone={tone}>{words}</Badge>
          </Group>
        </div>
        <RemoveModel
          digest={version.digest}
          name={version.name}
          usedBy={usageWords(used_by)}
          onRemoved={leave}
        />
      </Group>
      {card && <LicenceNote licence={card.licence} id="licence-title" />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        {card && <FactsCard model={version} card={card} />}
        <Stack gap="lg">
          <ParityCard model={version} />
          <LineageCard model={version} all={all.data ?? []} datasetName={trainedOn?.name} />
        </Stack>
      </SimpleGrid>
      {card ? (
        <Loaded query={cells} what="the data sets">
          {(list) => <WithCells digest={version.digest} kinds={card.embeddings} datasets={list} />}
        </Loaded>
      ) : (
        <Empty title="This version has no card">
          <Text>
            It was made by an older nextwell, and the model service could not read its files. The
            service's log says why.
          </Text>
        </Empty>
      )}
    </>
  );
}

type CellsProps = {
  digest: string;
  kinds: NonNullable<ModelDetails["version"]["card"]>["embeddings"];
  datasets: readonly Dataset[];
};

/** The model looked at with a chosen data set; the choice is in the address. */
function WithCells({ digest, kinds, datasets: list }: CellsProps) {
  const search: ModelSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const go = (change: ModelSearch) =>
    void navigate({
      to: ".",
      search: (now: ModelSearch) => ({ ...now, ...change }),
      replace: true,
      resetScroll: false,
    });
  const newestFirst = [...list].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const dataset = newestFirst.find((one) => one.digest === search.dataset) ?? newestFirst[0];
  if (!dataset) {
    return (
      <Empty title="No data set yet">
        <Text>
          Upload an AnnData file over the API (POST /api/datasets) to see how much of it this model
          can read, and its cells as the model sees them.
        </Text>
      </Empty>
    );
  }
  return (
    <>
      <NativeSelect
        label="Look at the model with the cells of"
        value={dataset.digest}
        data={newestFirst.map((one) => ({ value: one.digest, label: one.name }))}
        onChange={(event) =>
          go({ dataset: event.currentTarget.value, colour: undefined, embedding: undefined })
        }
        maw={420}
      />
      <CoverageCard digest={digest} dataset={dataset} />
      <EmbeddingCard
        key={dataset.digest}
        digest={digest}
        kinds={kinds}
        dataset={dataset}
        search={search}
        go={go}
      />
    </>
  );
}
