import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { orderScreens } from "../../api/screens";
import type { Dataset, ModelVersion, ScreenOrder } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { useCampaign } from "../models/ModelLink";
import { CellsFields } from "./CellsFields";
import { EstimateCard } from "./EstimateCard";
import { GenesFields } from "./GenesFields";
import { ModelFields } from "./ModelFields";
import { MoreFields } from "./MoreFields";
import { firstForm, orderOf, type ScreenForm } from "./screen-form";

type Props = { datasets: readonly Dataset[]; models: readonly ModelVersion[] };

/** How long the form rests before its cost is asked for. */
const REST_MS = 600;

/** What every part of the form gets. */
export type Part = { form: ScreenForm; change: (change: Partial<ScreenForm>) => void };

/** The form of a new screen with its cost beside it. */
export function NewScreen({ datasets, models }: Props) {
  const newest = [...datasets].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const [form, setForm] = useState(() => firstForm(newest[0] as Dataset, models[0]?.digest));
  const dataset = newest.find((one) => one.digest === form.dataset) ?? (newest[0] as Dataset);
  const change = (part: Partial<ScreenForm>) => setForm((now) => ({ ...now, ...part }));
  const changeCells = (digest: string) => {
    const other = newest.find((one) => one.digest === digest);
    if (!other) return;
    const { column, start, goal, donor } = firstForm(other, undefined);
    change({ dataset: digest, column, start, goal, donor, alternatives: [], nullValue: "" });
  };
  const order = orderOf(form);
  const [resting] = useDebouncedValue(order, REST_MS);
  const { place, error, busy } = usePlacing();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof order !== "string") place(order);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <CellsFields
          form={form}
          change={change}
          dataset={dataset}
          datasets={newest}
          onDataset={changeCells}
        />
        <ModelFields form={form} change={change} models={models} />
        <GenesFields form={form} change={change} />
        <MoreFields form={form} change={change} dataset={dataset} />
        <EstimateCard order={resting} models={models} />
        {error !== null && <ProblemAlert error={error} />}
        <Group align="flex-end">
          <TextInput
            label="Name"
            placeholder="From the states when empty"
            value={form.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            w={320}
          />
          <Button type="submit" loading={busy} disabled={typeof order === "string"}>
            {form.models.length > 1 ? `Run ${form.models.length} screens` : "Run the screen"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Places an order and goes to its screen, or to the list when there are several. */
function usePlacing() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const campaignId = useCampaign();
  const mutation = useMutation({
    mutationFn: (order: ScreenOrder) => orderScreens(order),
    onSuccess: async (placed) => {
      await client.invalidateQueries({ queryKey: ["screens"] });
      const screenId = placed.length === 1 ? placed[0]?.id : undefined;
      if (campaignId && screenId)
        await navigate({
          to: "/c/$campaignId/screens/$screenId",
          params: { campaignId, screenId },
        });
      else if (campaignId) await navigate({ to: "/c/$campaignId/screens", params: { campaignId } });
      else if (screenId) await navigate({ to: "/screens/$screenId", params: { screenId } });
      else await navigate({ to: "/screens" });
    },
  });
  return { place: mutation.mutate, error: mutation.error, busy: mutation.isPending };
}
