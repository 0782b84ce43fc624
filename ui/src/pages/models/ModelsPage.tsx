import { Button, Code, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { models as modelsQuery } from "../../api/models";
import type { ModelVersion } from "../../api/types";
import { Empty, Loaded } from "../../components/states";
import { plural } from "../../format/number";
import { ImportDialog } from "./ImportDialog";
import { ModelTable } from "./ModelTable";
import { DEFAULT_SORT, type ModelsSearch } from "./model-search";
import { familyWords } from "./model-words";

/** The families present, each with its number of models. */
export function familiesOf(models: readonly ModelVersion[]): [string, number][] {
  const sizes = new Map<string, number>();
  for (const { family } of models) sizes.set(family, (sizes.get(family) ?? 0) + 1);
  return [...sizes].sort((a, b) => familyWords(a[0]).localeCompare(familyWords(b[0]), "en"));
}

/** All models of this server; family and sort are in the URL. */
export function ModelsPage() {
  const search: ModelsSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const query = useQuery(modelsQuery());
  const [importing, dialog] = useDisclosure(false);
  const go = (change: ModelsSearch) =>
    void navigate({
      to: ".",
      search: (now: ModelsSearch) => ({ ...now, ...change }),
      replace: true,
      resetScroll: false,
    });
  return (
    <Stack gap="lg">
      <title>Models · nextwell</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Models
        </Title>
        <Button onClick={dialog.open}>Import a checkpoint</Button>
      </Group>
      <Loaded query={query} what="the models">
        {(all) => (all.length === 0 ? <NoModels /> : <List all={all} search={search} go={go} />)}
      </Loaded>
      <ImportDialog opened={importing} onClose={dialog.close} />
    </Stack>
  );
}

type ListProps = {
  all: readonly ModelVersion[];
  search: ModelsSearch;
  go: (change: ModelsSearch) => void;
};

function List({ all, search, go }: ListProps) {
  const families = familiesOf(all);
  const shown = search.family ? all.filter((model) => model.family === search.family) : all;
  return (
    <>
      <Group justify="space-between" align="flex-end">
        <NativeSelect
          label="Family"
          value={search.family ?? ""}
          data={[
            { value: "", label: `All families (${all.length})` },
            ...families.map(([family, n]) => ({
              value: family,
              label: `${familyWords(family)} (${n})`,
            })),
            ...(search.family && !families.some(([family]) => family === search.family)
              ? [{ value: search.family, label: `${familyWords(search.family)} (0)` }]
              : []),
          ]}
          onChange={(event) => go({ family: event.currentTarget.value || undefined })}
          w={240}
        />
        <Text size="sm" role="status">
          {plural(shown.length, "model")}
        </Text>
      </Group>
      {shown.length === 0 ? (
        <Empty title={`No ${familyWords(search.family ?? "")} model`}>
          <Text>Import one, or choose all families.</Text>
        </Empty>
      ) : (
        <ModelTable
          models={shown}
          sort={search.sort}
          onSort={(sort) => go({ sort: sort === DEFAULT_SORT ? undefined : sort })}
        />
      )}
    </>
  );
}

/** Three ways to get a first model. */
function NoModels() {
  return (
    <Empty title="No model yet">
      <Text>
        Import the checkpoint directory of a published scBERT, Geneformer, scGPT, scFoundation or
        GeneCompass: its weights, configuration and vocabulary, as they are downloaded. The licence
        of the weights is shown and kept.
      </Text>
      <Text>To try the page without a download, write random weights in a published layout:</Text>
      <Code block tabIndex={0} role="region" aria-label="Command">
        nextwell models random --family geneformer --size tiny tiny
      </Code>
      <Text>
        Or train a small model on your own cells with <Code>nextwell demo</Code> or{" "}
        <Code>POST /api/models/pretrain</Code>.
      </Text>
    </Empty>
  );
}
