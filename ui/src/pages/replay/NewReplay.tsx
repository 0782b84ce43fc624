import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { campaigns } from "../../api/queries";
import { orderReplay } from "../../api/replays";
import { ProblemAlert } from "../../components/Problem";
import { plural } from "../../format/number";
import { DropFile } from "../upload/DropFile";
import { OptionFields } from "./OptionFields";
import {
  emptyForm,
  missing,
  ownForm,
  type ReplayForm,
  readTable,
  replayOrder,
} from "./replay-form";

const TABLES = ".csv,.tsv,.txt,.gz,text/csv,text/plain,application/gzip";

/** A screen, how it is read and how it is played. */
export function NewReplay({ campaignId }: { campaignId: string }) {
  const [form, setForm] = useState<ReplayForm>(emptyForm);
  const change = (part: Partial<ReplayForm>) => setForm((now) => ({ ...now, ...part }));
  const navigate = useNavigate();
  const client = useQueryClient();
  const known = useQuery(campaigns());
  const campaign = known.data?.find((one) => one.id === campaignId);
  const read = useMutation({
    mutationFn: readTable,
    onSuccess: (table) => change({ table, own: false }),
  });
  const order = useMutation({
    mutationFn: () => orderReplay(replayOrder(form, campaignId)),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ["replays"] });
      await navigate({
        to: "/c/$campaignId/replay/$replayId",
        params: { campaignId, replayId: id },
      });
    },
  });
  const chosen = form.own || form.table !== null;
  const lacking = missing(form);
  return (
    <section className="card" aria-labelledby="new-replay">
      <Title order={2} size="h4" id="new-replay" mb="sm">
        New replay
      </Title>
      <Stack gap="md">
        {chosen ? (
          <Chosen form={form} onBack={() => setForm(emptyForm())} />
        ) : (
          <>
            <DropFile
              onFile={(file) => read.mutate(file)}
              busy={read.isPending}
              label="Screen file"
              one="One file at a time, please: each is a replay of its own."
              accept={TABLES}
            />
            {campaign && (
              <Group gap="sm">
                <Button variant="default" onClick={() => setForm(ownForm(form, campaign))}>
                  Use this campaign's results
                </Button>
                <Text size="sm" c="dimmed">
                  All genes it has measured become the screen.
                </Text>
              </Group>
            )}
          </>
        )}
        {read.isError && <ProblemAlert error={read.error} />}
        {chosen && (
          <>
            <OptionFields form={form} change={change} />
            {order.isError && <ProblemAlert error={order.error} />}
            <Group>
              <Button
                disabled={lacking !== null}
                loading={order.isPending}
                onClick={() => order.mutate()}
              >
                Replay
              </Button>
              {lacking && <Text size="sm">{lacking}</Text>}
            </Group>
          </>
        )}
      </Stack>
    </section>
  );
}

function Chosen({ form, onBack }: { form: ReplayForm; onBack: () => void }) {
  const lines = form.table?.text.split("\n").filter((line) => line.trim() !== "").length ?? 0;
  return (
    <Group justify="space-between">
      <Text style={{ overflowWrap: "anywhere" }}>
        {form.own ? (
          "The results of this campaign"
        ) : (
          <>
            <b>{form.table?.name}</b>, {plural(Math.max(0, lines - 1), "row")}
          </>
        )}
      </Text>
      <Button variant="default" size="xs" onClick={onBack}>
        Another screen
      </Button>
    </Group>
  );
}
