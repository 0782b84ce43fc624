import {
  Checkbox,
  Group,
  NativeSelect,
  NumberInput,
  Radio,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { datasets } from "../../api/queries";
import { type Pool, type ReplayForm, STRATEGIES } from "./replay-form";

type Props = { form: ReplayForm; change: (part: Partial<ReplayForm>) => void };

const CONTROLS = [
  { value: "", label: "none: the screen as it is" },
  { value: "labels", label: "scores and calls given to other genes" },
  { value: "features", label: "features given to other genes" },
];

/** How the screen is read and played. */
export function OptionFields({ form, change }: Props) {
  return (
    <Stack gap="lg">
      <ReadingFields form={form} change={change} />
      <PoolFields form={form} change={change} />
      <KnownFields form={form} change={change} />
      <PlayFields form={form} change={change} />
    </Stack>
  );
}

function ReadingFields({ form, change }: Props) {
  return (
    <Group align="flex-end" gap="lg">
      <TextInput
        label="Hits"
        description="A column of 0 and 1, or a rule: top5%, |score|>=3, fdr<0.05"
        placeholder={form.own ? "as they were called" : "recognised"}
        value={form.hits}
        onChange={(event) => change({ hits: event.currentTarget.value })}
        w={300}
      />
      {!form.own && <ColumnFields form={form} change={change} />}
    </Group>
  );
}

function ColumnFields({ form, change }: Props) {
  return (
    <>
      <TextInput
        label="Only rows where"
        description="COLUMN=VALUE, for several screens in a file"
        placeholder="all rows"
        value={form.filter}
        onChange={(event) => change({ filter: event.currentTarget.value })}
        w={300}
      />
      <TextInput
        label="Column of genes"
        description="Only if it is not found"
        placeholder="recognised"
        value={form.geneColumn}
        onChange={(event) => change({ geneColumn: event.currentTarget.value })}
        w={190}
      />
      <TextInput
        label="Column of scores"
        description="Only if it is not found"
        placeholder="recognised"
        value={form.scoreColumn}
        onChange={(event) => change({ scoreColumn: event.currentTarget.value })}
        w={190}
      />
    </>
  );
}

function PoolFields({ form, change }: Props) {
  return (
    <Stack gap="xs">
      <Radio.Group
        label="Genes that may be picked"
        value={form.pool}
        onChange={(value) => change({ pool: value as Pool })}
      >
        <Stack gap={6} mt={4}>
          <Radio value="essential" label="All but core-essential genes (DepMap)" />
          <Radio value="all" label="Every gene of the screen" />
          <Radio value="list" label="All but those of a list" />
        </Stack>
      </Radio.Group>
      {form.pool === "list" && (
        <Textarea
          label="Genes to leave out"
          description="Separated by spaces, commas or lines"
          rows={3}
          value={form.exclude}
          onChange={(event) => change({ exclude: event.currentTarget.value })}
        />
      )}
    </Stack>
  );
}

function KnownFields({ form, change }: Props) {
  const cells = useQuery(datasets());
  const options = (cells.data ?? []).map((one) => ({ value: one.digest, label: one.name }));
  return (
    <Group align="flex-start" gap="lg">
      <TextInput
        label="Read-out gene"
        description="Known beforehand"
        placeholder="none"
        value={form.readout}
        onChange={(event) => change({ readout: event.currentTarget.value })}
        w={190}
      />
      <TextInput
        label="Keywords"
        description="Words of the assay, separated by commas"
        placeholder="none"
        value={form.keywords}
        onChange={(event) => change({ keywords: event.currentTarget.value })}
        w={300}
      />
      <NativeSelect
        label="Cells of the assay"
        description="Their expression is a feature"
        data={[{ value: "", label: "none" }, ...options]}
        value={form.dataset}
        onChange={(event) => change({ dataset: event.currentTarget.value })}
        w={240}
      />
    </Group>
  );
}

function PlayFields({ form, change }: Props) {
  const number = (label: string, name: "rounds" | "batch" | "seeds", max: number) => (
    <NumberInput
      label={label}
      min={1}
      max={max}
      allowDecimal={false}
      value={form[name]}
      onChange={(value) => change({ [name]: value })}
      w={150}
    />
  );
  return (
    <Stack gap="md">
      <Checkbox.Group
        label="Strategies"
        value={form.strategies}
        onChange={(strategies) => change({ strategies })}
      >
        <Stack gap={6} mt={4}>
          {STRATEGIES.map(([name, words]) => (
            <Checkbox key={name} value={name} label={`${name}: ${words}`} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Group align="flex-start" gap="lg">
        {number("Rounds", "rounds", 50)}
        {number("Genes per round", "batch", 10_000)}
        {number("Seeds", "seeds", 100)}
        <NativeSelect
          label="Control"
          data={CONTROLS}
          value={form.control}
          onChange={(event) =>
            change({ control: event.currentTarget.value as ReplayForm["control"] })
          }
          w={300}
        />
      </Group>
    </Stack>
  );
}
