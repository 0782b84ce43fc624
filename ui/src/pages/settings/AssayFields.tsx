import { NumberInput, Textarea, TextInput, Title } from "@mantine/core";
import { plural } from "../../format/number";
import type { Part } from "./SettingsPage";

/** What is known of the assay, and genes that are not offered. */
export function AssayFields({ form, change, campaign }: Part) {
  return (
    <section className="card" aria-labelledby="assay-settings">
      <Title order={2} size="h4" id="assay-settings" mb="md">
        Assay and genes
      </Title>
      <div className="settings">
        <NumberInput
          label="Hit threshold"
          description={
            campaign.has_results
              ? "Fixed: results exist that were called with it, and rounds must stay comparable."
              : "A gene is a hit from this robust z on. It can be changed until the first results are in."
          }
          disabled={campaign.has_results}
          min={0}
          step={0.5}
          value={form.hitThreshold}
          onChange={(hitThreshold) => change({ hitThreshold })}
        />
        <TextInput
          label="Gene that is read out"
          description="Helps to rank genes before anything is measured. Empty when the read-out is no gene."
          placeholder="none"
          value={form.readoutGene}
          onChange={(event) => change({ readoutGene: event.currentTarget.value })}
        />
        <TextInput
          label="Words of the assay"
          description="Looked up in pathway names, separated by commas. Never needed."
          placeholder="interleukin-2, t cell"
          value={form.keywords}
          onChange={(event) => change({ keywords: event.currentTarget.value })}
        />
        <Textarea
          label="Genes set aside"
          description={`Never picked while they stand here. ${plural(campaign.n_excluded, "candidate")} of the library not offered in all: essential, used as a control, or an unknown name as well.`}
          placeholder="JUN, FOS"
          rows={2}
          value={form.excluded}
          onChange={(event) => change({ excluded: event.currentTarget.value })}
        />
      </div>
    </section>
  );
}
