import { Checkbox, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import type { Dataset } from "../../api/types";
import { count, plural } from "../../format/number";
import type { Part } from "./NewScreen";
import { stateColumns, valuesOf } from "./screen-form";

type Props = Part & {
  dataset: Dataset;
  datasets: readonly Dataset[];
  onDataset: (digest: string) => void;
};

/** Alternatives that are offered as boxes; more values are rare and long. */
const MOST_BOXES = 24;

/** Which cells are perturbed, and towards which they should move. */
export function CellsFields({ form, change, dataset, datasets, onDataset }: Props) {
  const values = valuesOf(dataset, form.column);
  const options = values.map(([value, cells]) => ({
    value,
    label: `${value} (${plural(cells, "cell")})`,
  }));
  const others = values.filter(([value]) => value !== form.start && value !== form.goal);
  const column = (name: string) => {
    const [first, second] = valuesOf(dataset, name);
    change({
      column: name,
      start: first?.[0] ?? "",
      goal: second?.[0] ?? "",
      alternatives: [],
      nullValue: "",
    });
  };
  return (
    <section className="card" aria-labelledby="cells-title">
      <Title order={2} size="h4" id="cells-title" mb="sm">
        Cells and states
      </Title>
      <Stack gap="sm">
        <Group align="flex-end">
          <NativeSelect
            label="Cells"
            value={form.dataset}
            data={datasets.map((one) => ({
              value: one.digest,
              label: `${one.name} (${count(one.report.n_cells)} cells)`,
            }))}
            onChange={(event) => onDataset(event.currentTarget.value)}
            w={320}
          />
          <NativeSelect
            label="States are in"
            value={form.column}
            data={stateColumns(dataset)}
            onChange={(event) => column(event.currentTarget.value)}
          />
          <NativeSelect
            label="Perturb the cells"
            value={form.start}
            data={options}
            onChange={(event) => change({ start: event.currentTarget.value })}
          />
          <NativeSelect
            label="Move them towards"
            value={form.goal}
            data={[...options, { value: "", label: "no goal: how far a cell moves at all" }]}
            onChange={(event) => change({ goal: event.currentTarget.value })}
          />
        </Group>
        {form.goal && others.length > 0 && others.length <= MOST_BOXES && (
          <Checkbox.Group
            label="Also measure the shift to"
            value={form.alternatives}
            onChange={(alternatives) => change({ alternatives })}
          >
            <Group gap="md" mt={4}>
              {others.map(([value]) => (
                <Checkbox key={value} value={value} label={value} />
              ))}
            </Group>
          </Checkbox.Group>
        )}
        <Text size="sm" c="dimmed">
          A state is the mean of its cells' embeddings; a shift is the change of the cosine
          similarity to it.
        </Text>
      </Stack>
    </section>
  );
}
