import { NumberInput, Stack, Switch, Title } from "@mantine/core";
import type { Part } from "./SettingsPage";

/** How much a round and the campaign may use. */
export function LimitFields({ form, change }: Part) {
  return (
    <section className="card" aria-labelledby="limit-settings">
      <Title order={2} size="h4" id="limit-settings" mb="md">
        Rounds and money
      </Title>
      <Stack gap="lg">
        <div className="settings">
          <NumberInput
            label="Candidate wells a round"
            description="How many genes the loop picks when nobody asks for another number."
            min={1}
            allowDecimal={false}
            value={form.batch}
            onChange={(batch) => change({ batch })}
          />
          <NumberInput
            label="Rounds at most"
            description="After the last one nothing more is planned. Empty: no limit."
            placeholder="no limit"
            min={1}
            allowDecimal={false}
            value={form.maxRounds}
            onChange={(maxRounds) => change({ maxRounds })}
          />
          <NumberInput
            label="Candidate wells at most"
            description="Of all rounds together. Empty: no limit."
            placeholder="no limit"
            min={1}
            allowDecimal={false}
            value={form.maxWells}
            onChange={(maxWells) => change({ maxWells })}
          />
          <NumberInput
            label="Budget"
            description="Money for the whole campaign, in any currency. Empty: no limit."
            placeholder="no limit"
            min={0}
            value={form.budget}
            onChange={(budget) => change({ budget })}
          />
          <NumberInput
            label="A candidate well costs"
            description="Guides, reagents and work of one gene, in the budget's currency."
            min={0}
            value={form.costPerWell}
            onChange={(costPerWell) => change({ costPerWell })}
          />
          <NumberInput
            label="A plate costs"
            description="What every plate costs whatever is on it, controls included. Rounds planned before keep their price."
            min={0}
            value={form.costPerPlate}
            onChange={(costPerPlate) => change({ costPerPlate })}
          />
        </div>
        <Switch
          label="Ask me first"
          description="A planned round waits until somebody approves it. Off: it goes to the lab at once."
          checked={form.askMeFirst}
          onChange={(event) => change({ askMeFirst: event.currentTarget.checked })}
        />
      </Stack>
    </section>
  );
}
