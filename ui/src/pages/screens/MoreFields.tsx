import { Group, NativeSelect, NumberInput, Radio, Stack } from "@mantine/core";
import type { Dataset } from "../../api/types";
import type { Part } from "./NewScreen";
import { valuesOf } from "./screen-form";

type Props = Part & { dataset: Dataset };

/** Settings that have good defaults. */
export function MoreFields({ form, change, dataset }: Props) {
  const values = valuesOf(dataset, form.column).filter(([value]) => value !== form.start);
  return (
    <section className="card" aria-label="Statistics and engine">
      <Stack gap="md">
        <Group align="flex-end">
          <NativeSelect
            label="Donors or samples are in"
            value={form.donor}
            data={[
              ...Object.keys(dataset.report.obs),
              { value: "", label: "no column: cells count as independent" },
            ]}
            onChange={(event) => change({ donor: event.currentTarget.value })}
          />
          <NumberInput
            label="Cells at most"
            placeholder="all"
            min={1}
            allowDecimal={false}
            value={form.maxCells}
            onChange={(maxCells) => change({ maxCells })}
            w={140}
          />
          <NumberInput
            label="Fewest cells to test"
            min={1}
            allowDecimal={false}
            value={form.minDetections}
            onChange={(minDetections) => change({ minDetections })}
            w={160}
          />
        </Group>
        <details className="details">
          <summary>More settings</summary>
          <Stack gap="md" mt="sm">
            <Group align="flex-end">
              <NativeSelect
                label="Test against the null group"
                value={form.nullValue}
                data={[{ value: "", label: "none" }, ...values.map(([value]) => value)]}
                onChange={(event) => change({ nullValue: event.currentTarget.value })}
              />
              <NativeSelect
                label="A state's embedding is the"
                value={form.summary}
                data={["mean", "median"]}
                onChange={(event) =>
                  change({ summary: event.currentTarget.value as "mean" | "median" })
                }
              />
              <NativeSelect
                label="Read"
                value={String(form.layer)}
                data={[
                  { value: "0", label: "the last layer" },
                  { value: "-1", label: "the layer before the last" },
                ]}
                onChange={(event) => change({ layer: Number(event.currentTarget.value) })}
              />
              <NumberInput
                label="Seed"
                min={0}
                allowDecimal={false}
                value={form.seed}
                onChange={(seed) => change({ seed })}
                w={120}
              />
            </Group>
            <Radio.Group
              label="Engine"
              value={form.mode}
              onChange={(value) => change({ mode: value as "exact" | "gradient" })}
            >
              <Stack gap={6} mt={4}>
                <Radio value="exact" label="Exact: every perturbation runs through the model" />
                <Radio
                  value="gradient"
                  label="First order: estimate every knock-out at once, run the best exactly (Geneformer)"
                />
              </Stack>
            </Radio.Group>
            {form.mode === "gradient" && (
              <NumberInput
                label="Genes run exactly"
                min={1}
                max={5000}
                allowDecimal={false}
                value={form.top}
                onChange={(top) => change({ top })}
                w={160}
              />
            )}
          </Stack>
        </details>
      </Stack>
    </section>
  );
}
