import {
  Group,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  TextInput,
  Title,
} from "@mantine/core";
import type { CloningEnzyme } from "../../api/types";
import type { PooledForm } from "./pooled-form";
import { ENZYMES } from "./pooled-words";

type Props = { form: PooledForm; change: (change: Partial<PooledForm>) => void };

type Numbers = {
  [Field in keyof PooledForm]: PooledForm[Field] extends CloningEnzyme ? never : Field;
}[keyof PooledForm];

type FieldProps = Props & {
  field: Numbers;
  label: string;
  description?: string;
  decimals?: boolean;
  min?: number;
};

function Field({ form, change, field, label, description, decimals, min = 0 }: FieldProps) {
  return (
    <NumberInput
      label={label}
      description={description}
      inputWrapperOrder={["label", "input", "description"]}
      min={min}
      step={decimals ? 0.1 : 1}
      allowDecimal={decimals === true}
      thousandSeparator=","
      value={form[field]}
      onChange={(value) => change({ [field]: value })}
    />
  );
}

/** Genes, guides and controls. */
export function LibraryFields(props: Props) {
  return (
    <section className="card" aria-labelledby="library-title">
      <Title order={2} size="h4" id="library-title" mb="sm">
        Genes and guides
      </Title>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
          <Field {...props} field="genes" label="Genes" min={1} />
          <Field
            {...props}
            field="guidesPerGene"
            label="Guides per gene"
            description="4 to 6 is usual"
            min={1}
          />
          <Field
            {...props}
            field="nonTargeting"
            label="Non-targeting guides"
            description="at least 50, and 5 %"
          />
          <Field
            {...props}
            field="safeTargeting"
            label="Safe-targeting guides"
            description="for the toxicity of cutting"
          />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Genes that must be in"
            placeholder="MYB, GATA3"
            value={props.form.force}
            onChange={(event) => props.change({ force: event.currentTarget.value })}
          />
          <TextInput
            label="Genes that must stay out"
            placeholder="JUN"
            value={props.form.exclude}
            onChange={(event) => props.change({ exclude: event.currentTarget.value })}
          />
        </SimpleGrid>
      </Stack>
    </section>
  );
}

/** Cells, reads and prices. */
export function CellFields(props: Props) {
  return (
    <section className="card" aria-labelledby="cells-title">
      <Title order={2} size="h4" id="cells-title" mb="sm">
        Cells and money
      </Title>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        <Field
          {...props}
          field="coverage"
          label="Coverage"
          description="infected cells a guide"
          min={1}
        />
        <Field {...props} field="moi" label="MOI" description="0.3: one guide in 86 %" decimals />
        <Field
          {...props}
          field="replicates"
          label="Replicates"
          description="donors, infected apart"
          min={1}
        />
        <Field {...props} field="bins" label="Sorted bins" description="0 without a sort" />
        <Field {...props} field="cellsInBin" label="Cells per guide in a bin" min={1} />
        <Field {...props} field="plasmidReads" label="Plasmid reads per guide" min={1} />
        <Field {...props} field="sampleReads" label="Sample reads per guide" min={1} />
        <Field {...props} field="costPerGuide" label="Cost per guide" decimals />
        <Field {...props} field="costPerMillion" label="Cost per million cells" decimals />
      </SimpleGrid>
    </section>
  );
}

/** How the oligos are cloned. */
export function CloningFields({ form, change }: Props) {
  return (
    <section className="card" aria-labelledby="cloning-title">
      <Title order={2} size="h4" id="cloning-title" mb="sm">
        Oligos
      </Title>
      <Group align="flex-start" grow preventGrowOverflow={false}>
        <NativeSelect
          label="Cloning enzyme"
          description="guides with its site, or TTTT, are refused"
          inputWrapperOrder={["label", "input", "description"]}
          value={form.enzyme}
          data={Object.entries(ENZYMES).map(([value, label]) => ({ value, label }))}
          onChange={(event) => change({ enzyme: event.currentTarget.value as CloningEnzyme })}
        />
        <TextInput
          label="5′ adapter"
          description="empty: end of U6, as in lentiGuide vectors"
          inputWrapperOrder={["label", "input", "description"]}
          placeholder="TATCTTGTGGAAAGGACGAAACACCG"
          value={form.adapter5}
          onChange={(event) => change({ adapter5: event.currentTarget.value })}
        />
        <TextInput
          label="3′ adapter"
          description="empty: start of the Cas9 scaffold"
          inputWrapperOrder={["label", "input", "description"]}
          placeholder="GTTTTAGAGCTAGAAATAGCAAGTTAAAAT"
          value={form.adapter3}
          onChange={(event) => change({ adapter3: event.currentTarget.value })}
        />
      </Group>
    </section>
  );
}
