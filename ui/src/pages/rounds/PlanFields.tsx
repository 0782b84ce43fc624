import {
  Button,
  Checkbox,
  Group,
  NativeSelect,
  NumberInput,
  Stack,
  TextInput,
  Title,
} from "@mantine/core";
import type { Campaign } from "../../api/types";
import { count, fixed, percent } from "../../format/number";
import { ACQUISITIONS } from "../settings/setting-words";
import type { PlanForm } from "./plan-form";

type Props = {
  form: PlanForm;
  change: (change: Partial<PlanForm>) => void;
  campaign: Campaign;
  onReset: () => void;
};

/** What the round is asked to be; placeholders show what the campaign says. */
export function PlanFields({ form, change, campaign, onReset }: Props) {
  const limit = (value: number | null | undefined) =>
    typeof value === "number" ? count(value) : "no limit";
  return (
    <section className="card plan-fields" aria-labelledby="limits-title">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="limits-title">
          This round
        </Title>
        <Button size="xs" variant="default" onClick={onReset}>
          Reset
        </Button>
      </Group>
      <Stack gap="sm">
        <Group grow align="flex-start">
          <NumberInput
            label="Plates"
            description="Filled up"
            min={1}
            allowDecimal={false}
            value={form.plates}
            onChange={(plates) => change({ plates, ...(plates === "" ? {} : { wells: "" }) })}
          />
          <NumberInput
            label="Candidate wells"
            description="Or so many"
            placeholder={form.plates === "" ? count(campaign.batch) : ""}
            min={1}
            allowDecimal={false}
            value={form.wells}
            onChange={(wells) => change({ wells, ...(wells === "" ? {} : { plates: "" }) })}
          />
        </Group>
        <NumberInput
          label="Budget for this round"
          placeholder="all that is left"
          min={0}
          value={form.budget}
          onChange={(budget) => change({ budget })}
        />
        <TextInput
          label="Locked genes"
          description="Always in, whatever their score"
          placeholder="MYB, GATA3"
          value={form.force}
          onChange={(event) => change({ force: event.currentTarget.value })}
        />
        <TextInput
          label="Excluded genes"
          description="Not in this round"
          placeholder="JUN"
          value={form.exclude}
          onChange={(event) => change({ exclude: event.currentTarget.value })}
        />
        <Checkbox
          label="Leave out core-essential genes"
          checked={form.excludeEssential}
          onChange={(event) => change({ excludeEssential: event.currentTarget.checked })}
        />
        <details className="details">
          <summary>How picks are chosen</summary>
          <Stack gap="sm" mt="sm">
            <NumberInput
              label="Genes of one family at most"
              placeholder={limit(campaign.family_max)}
              min={1}
              allowDecimal={false}
              value={form.familyMax}
              onChange={(familyMax) => change({ familyMax })}
            />
            <NumberInput
              label="Exploration (kappa)"
              description="0 takes the best guesses; 2 looks where little is known"
              placeholder={fixed(campaign.kappa, 2)}
              min={0}
              step={0.25}
              value={form.kappa}
              onChange={(kappa) => change({ kappa })}
            />
            <NumberInput
              label="Drawn at random"
              description="The unbiased check; a quarter in the first round"
              placeholder={percent(campaign.random_share)}
              min={0}
              max={100}
              suffix=" %"
              value={form.randomShare}
              onChange={(randomShare) => change({ randomShare })}
            />
            <NumberInput
              label="Measured again"
              description="Genes whose call is uncertain"
              placeholder={percent(campaign.replicate_share)}
              min={0}
              max={100}
              suffix=" %"
              value={form.replicateShare}
              onChange={(replicateShare) => change({ replicateShare })}
            />
            <NativeSelect
              label="Score"
              value={form.acquisition}
              data={[{ value: "", label: "as in the settings" }, ...ACQUISITIONS]}
              onChange={(event) => change({ acquisition: event.currentTarget.value })}
            />
          </Stack>
        </details>
      </Stack>
    </section>
  );
}
