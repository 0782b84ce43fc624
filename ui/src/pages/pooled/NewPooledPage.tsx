import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { planPooled, pooledEstimate } from "../../api/pooled";
import type { PooledSettings } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { CellFields, CloningFields, LibraryFields } from "./DesignFields";
import { GuidesCard } from "./GuidesCard";
import { NeedsCard } from "./NeedsCard";
import { FIRST_FORM, requestOf, settingsOf } from "./pooled-form";

/** How long the form rests before its numbers are asked for. */
const REST_MS = 300;

/** A new pooled round: guides, shape, what it needs, plan. */
export function NewPooledPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const [form, setForm] = useState(FIRST_FORM);
  const change = (part: Partial<typeof form>) => setForm((now) => ({ ...now, ...part }));
  const settings = settingsOf(form);
  const [resting] = useDebouncedValue(settings, REST_MS);
  const { plan, error, busy } = usePlanning(campaignId);
  const gate = useGate(campaignId, resting);
  const reason = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof settings !== "string") plan(requestOf(form, settings));
  };
  return (
    <Stack gap="lg">
      <title>New pooled round · nextwell</title>
      <Text size="sm">
        <Anchor
          renderRoot={(props) => (
            <Link to="/c/$campaignId/rounds" params={{ campaignId }} {...props} />
          )}
        >
          ← All rounds
        </Anchor>
      </Text>
      <div>
        <Title order={1} size="h2">
          New pooled round
        </Title>
        <Text c="dimmed">
          A library of guides in one dish instead of plates. The planner picks the genes; the guides
          are the lab's own.
        </Text>
      </div>
      <GuidesCard campaignId={campaignId} enzyme={form.enzyme} />
      <form onSubmit={submit}>
        <Stack gap="lg">
          <LibraryFields form={form} change={change} />
          <CellFields form={form} change={change} />
          <CloningFields form={form} change={change} />
          <NeedsCard campaignId={campaignId} settings={resting} />
          {error !== null && <ProblemAlert error={error} />}
          <Group>
            <Button
              type="submit"
              loading={busy}
              disabled={gate !== undefined}
              aria-describedby={gate ? reason : undefined}
            >
              Plan the pooled round
            </Button>
            <Text size="sm" id={reason}>
              {gate ?? "Picks the genes and their guides; nothing is ordered by itself."}
            </Text>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

/** Why the round cannot be planned, if it cannot. */
function useGate(campaignId: string, settings: PooledSettings | string): string | undefined {
  const asked = typeof settings === "string" ? undefined : settings;
  const query = useQuery({
    ...pooledEstimate(campaignId, asked ?? ({} as PooledSettings)),
    enabled: asked !== undefined,
  });
  if (typeof settings === "string") return settings;
  if (query.isError) return "The settings above cannot work.";
  return query.data?.obstacles[0]?.message;
}

function usePlanning(campaignId: string) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: (request: ReturnType<typeof requestOf>) => planPooled(campaignId, request),
    onSuccess: async () => {
      await client.invalidateQueries();
      await navigate({ to: "/c/$campaignId/jobs", params: { campaignId } });
    },
  });
  return { plan: mutation.mutate, error: mutation.error, busy: mutation.isPending };
}
