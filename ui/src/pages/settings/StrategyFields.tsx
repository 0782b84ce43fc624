import { NativeSelect, NumberInput, Title } from "@mantine/core";
import type { Campaign } from "../../api/types";
import type { Part } from "./SettingsPage";
import { ACQUISITIONS } from "./setting-words";

/** How picks are chosen. */
export function StrategyFields({ form, change }: Part) {
  return (
    <section className="card" aria-labelledby="strategy-settings">
      <Title order={2} size="h4" id="strategy-settings" mb="md">
        How picks are chosen
      </Title>
      <div className="settings">
        <NativeSelect
          label="Score"
          description="What a gene is ranked by. The default found most hits on published screens."
          value={form.acquisition}
          data={ACQUISITIONS}
          onChange={(event) =>
            change({ acquisition: event.currentTarget.value as Campaign["acquisition"] })
          }
        />
        <NumberInput
          label="Exploration (kappa)"
          description="How many sd are added to the mean. 0: only the best guesses. 2: also where little is known."
          min={0}
          step={0.25}
          value={form.kappa}
          onChange={(kappa) => change({ kappa })}
        />
        <NumberInput
          label="Drawn at random"
          description="The only unbiased check of everything else. 5 % costs little. The first round always draws a quarter."
          min={0}
          max={100}
          suffix=" %"
          value={form.randomShare}
          onChange={(randomShare) => change({ randomShare })}
        />
        <NumberInput
          label="Measured again"
          description="Share of a round for genes whose result is too close to the threshold to call."
          min={0}
          max={100}
          suffix=" %"
          value={form.replicateShare}
          onChange={(replicateShare) => change({ replicateShare })}
        />
        <NumberInput
          label="Genes of one family at most"
          description="In one round; spreads the picks over families. Empty: no limit."
          placeholder="no limit"
          min={1}
          allowDecimal={false}
          value={form.familyMax}
          onChange={(familyMax) => change({ familyMax })}
        />
      </div>
    </section>
  );
}
