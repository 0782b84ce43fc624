import { Table, Text } from "@mantine/core";
import type { ModelVersion } from "../../api/types";
import { Badge } from "../../components/Badge";
import { SortHeader } from "../../components/SortHeader";
import { sortedBy } from "../../components/sorting";
import { compact, count, NOTHING } from "../../format/number";
import { date } from "../../format/time";
import { ModelLink } from "./ModelLink";
import { DEFAULT_SORT, SORTS, type SortKey } from "./model-search";
import { familyWords, licenceTone, stateWords } from "./model-words";
import { ParityLines } from "./ParityMark";
import { VerifyButton } from "./VerifyButton";

const VALUE: Record<SortKey, (model: ModelVersion) => string | number | null | undefined> = {
  name: (m) => m.name,
  family: (m) => familyWords(m.family),
  state: (m) => stateWords(m.state)[1],
  parameters: (m) => m.card?.sizes.parameters,
  layers: (m) => (m.card ? m.card.sizes.layers * 1e6 + m.card.sizes.hidden : null),
  genes: (m) => m.card?.vocabulary.genes,
  licence: (m) => m.card?.licence.name,
  parity: (m) => m.parity?.largest_difference,
  created: (m) => m.created_at,
};

/** The models in the order the address asks for. */
export function sortedModels(models: readonly ModelVersion[], sort: string): ModelVersion[] {
  const key = sort.replace(/^-/, "") as SortKey;
  return sortedBy(models, VALUE[key] ?? VALUE.created, sort.startsWith("-"));
}

type Props = {
  models: readonly ModelVersion[];
  sort: string | undefined;
  onSort: (sort: string) => void;
};

/** All models, sortable by every column. */
export function ModelTable({ models, sort = DEFAULT_SORT, onSort }: Props) {
  const by = (column: SortKey) => ({ column, sort, first: SORTS[column], onSort });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-label="Models">
      <Table className="table" verticalSpacing="sm" horizontalSpacing={8} aria-label="Models">
        <Table.Thead>
          <Table.Tr>
            <SortHeader {...by("name")}>Name</SortHeader>
            <SortHeader {...by("family")}>Family</SortHeader>
            <SortHeader {...by("state")}>State</SortHeader>
            <SortHeader {...by("parameters")} number>
              Parameters
            </SortHeader>
            <SortHeader {...by("layers")} number>
              Layers × width
            </SortHeader>
            <SortHeader {...by("genes")} number>
              Genes
            </SortHeader>
            <SortHeader {...by("parity")}>Parity</SortHeader>
            <SortHeader {...by("licence")}>Licence</SortHeader>
            <SortHeader {...by("created")}>Added</SortHeader>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sortedModels(models, sort).map((model) => (
            <Row key={model.digest} model={model} />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Row({ model }: { model: ModelVersion }) {
  const [tone, words] = stateWords(model.state);
  const { card } = model;
  return (
    <Table.Tr>
      <Table.Td style={{ minWidth: 150, overflowWrap: "break-word" }}>
        <ModelLink digest={model.digest}>{model.name}</ModelLink>
      </Table.Td>
      <Table.Td>
        <Badge tone="busy">{familyWords(model.family)}</Badge>
        {card?.variant && (
          <Text size="xs" c="dimmed">
            {card.variant}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Badge tone={tone}>{words}</Badge>
      </Table.Td>
      <Table.Td className="number">{compact(card?.sizes.parameters)}</Table.Td>
      <Table.Td className="number">
        {card ? `${count(card.sizes.layers)} × ${count(card.sizes.hidden)}` : NOTHING}
      </Table.Td>
      <Table.Td className="number">{count(card?.vocabulary.genes)}</Table.Td>
      <Table.Td>
        {model.parity ? (
          <ParityLines parity={model.parity} />
        ) : (
          <VerifyButton digest={model.digest} name={model.name} small />
        )}
      </Table.Td>
      <Table.Td>
        {card ? (
          <Badge tone={licenceTone(card.licence)} wrap>
            {card.licence.name}
          </Badge>
        ) : (
          NOTHING
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{date(model.created_at)}</Table.Td>
    </Table.Tr>
  );
}
