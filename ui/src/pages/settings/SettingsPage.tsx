import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { changeSettings } from "../../api/actions";
import { campaigns } from "../../api/queries";
import type { Campaign, CampaignPatch } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { Empty, Loaded } from "../../components/states";
import { plural } from "../../format/number";
import { AssayFields } from "./AssayFields";
import { FeatureBlocks } from "./FeatureBlocks";
import { FixedFacts } from "./FixedFacts";
import { LimitFields } from "./LimitFields";
import { StrategyFields } from "./StrategyFields";
import { formOf, patchOf, type SettingsForm } from "./settings-form";

/** What every group of fields gets. */
export type Part = {
  form: SettingsForm;
  change: (change: Partial<SettingsForm>) => void;
  campaign: Campaign;
};

/** Settings of the campaign, with what each of them does. */
export function SettingsPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const query = useQuery(campaigns());
  return (
    <Loaded query={query} what="the settings" heading="Settings">
      {(list) => {
        const campaign = list.find((one) => one.id === campaignId);
        return campaign ? (
          <Settings key={campaignId} campaign={campaign} />
        ) : (
          <Empty title="No such campaign" order={1}>
            <Text>Choose another one in the list at the top.</Text>
          </Empty>
        );
      }}
    </Loaded>
  );
}

function Settings({ campaign }: { campaign: Campaign }) {
  const client = useQueryClient();
  // Changes are told from what the form started with, so that another person's are not undone.
  const [base, setBase] = useState(campaign);
  const [form, setForm] = useState(() => formOf(campaign));
  const reasonId = useId();
  const patch = patchOf(form, base);
  const changed = Object.keys(patch).length;
  const save = useMutation({
    mutationFn: (wanted: CampaignPatch) => changeSettings(campaign.id, wanted),
    onSuccess: (saved) => {
      restart(saved);
      client.setQueryData(campaigns().queryKey, (list) =>
        list?.map((one) => (one.id === saved.id ? saved : one)),
      );
      return client.invalidateQueries();
    },
  });
  const restart = (from: Campaign) => {
    setBase(from);
    setForm(formOf(from));
  };
  const change = (part: Partial<SettingsForm>) => {
    save.reset();
    setForm((now) => ({ ...now, ...part }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed > 0) save.mutate(patch);
  };
  const part = { form, change, campaign };
  return (
    <form onSubmit={submit}>
      <title>Settings · nextwell</title>
      <Stack gap="lg">
        <div>
          <Title order={1} size="h2">
            Settings
          </Title>
          <Text c="dimmed">
            Of {campaign.name}. Changes are recorded and only affect rounds that are planned later.
          </Text>
        </div>
        <LimitFields {...part} />
        <StrategyFields {...part} />
        <AssayFields {...part} />
        <FeatureBlocks campaignId={campaign.id} />
        <FixedFacts campaign={campaign} />
        {save.isError && <ProblemAlert error={save.error} />}
        <Group className="save-bar">
          <Button
            type="submit"
            disabled={changed === 0}
            loading={save.isPending}
            aria-describedby={reasonId}
          >
            Save
          </Button>
          <Button
            variant="default"
            disabled={changed === 0 || save.isPending}
            onClick={() => {
              save.reset();
              restart(campaign);
            }}
          >
            Undo
          </Button>
          <Text size="sm" id={reasonId} role="status">
            {save.isSuccess && changed === 0
              ? "Saved; later rounds are planned with it."
              : changed === 0
                ? "Nothing is changed."
                : `${plural(changed, "setting")} changed, not saved yet.`}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
