import {
  Checkbox,
  Group,
  NumberInput,
  Radio,
  Stack,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import type { Part } from "./NewScreen";
import type { GeneChoice } from "./screen-form";

const CHOICES: [GeneChoice, string][] = [
  ["factors", "Transcription factors (Lambert et al. 2018), one by one"],
  ["all", "Every gene that a cell expresses, one by one"],
  ["each", "Genes of a list, one by one"],
  ["group", "Genes of a list, all together"],
  ["pairs", "All pairs of a list"],
  ["anchor", "One gene together with each other one"],
];

const LISTS: readonly GeneChoice[] = ["each", "group", "pairs", "anchor"];

/** Which genes, and what is done to them. */
export function GenesFields({ form, change }: Part) {
  return (
    <section className="card" aria-labelledby="genes-title">
      <Title order={2} size="h4" id="genes-title" mb="sm">
        Genes and perturbations
      </Title>
      <Stack gap="md">
        <Radio.Group
          label="Perturb"
          value={form.genes}
          onChange={(value) => change({ genes: value as GeneChoice })}
        >
          <Stack gap={6} mt={4}>
            {CHOICES.map(([value, label]) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </Stack>
        </Radio.Group>
        {form.genes === "anchor" && (
          <TextInput
            label="The gene in every pair"
            placeholder="GATA3"
            value={form.anchor}
            onChange={(event) => change({ anchor: event.currentTarget.value })}
            w={240}
          />
        )}
        {LISTS.includes(form.genes) && (
          <Textarea
            label={form.genes === "anchor" ? "Its partners (empty: every expressed gene)" : "Genes"}
            description="Symbols or Ensembl ids, separated by spaces, commas or lines"
            rows={3}
            resize="vertical"
            value={form.list}
            onChange={(event) => change({ list: event.currentTarget.value })}
          />
        )}
        <Group align="flex-end" gap="lg">
          <Checkbox
            label="Knock-out"
            checked={form.knockOut}
            onChange={(event) => change({ knockOut: event.currentTarget.checked })}
          />
          <Checkbox
            label="Over-expression"
            checked={form.overExpression}
            onChange={(event) => change({ overExpression: event.currentTarget.checked })}
          />
          <NumberInput
            label="Inhibit to percentile"
            placeholder="none"
            min={1}
            max={99}
            allowDecimal={false}
            value={form.inhibit}
            onChange={(inhibit) => change({ inhibit })}
            w={200}
          />
          <NumberInput
            label="Activate to percentile"
            placeholder="none"
            min={1}
            max={99}
            allowDecimal={false}
            value={form.activate}
            onChange={(activate) => change({ activate })}
            w={200}
          />
        </Group>
      </Stack>
    </section>
  );
}
