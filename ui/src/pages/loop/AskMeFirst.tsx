import { Stack, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { setAskMeFirst } from "../../api/actions";
import type { Campaign } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";

/** Whether a planned round waits for a person. */
export function AskMeFirst({ campaign }: { campaign: Campaign }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (on: boolean) => setAskMeFirst(campaign.id, on),
    onSettled: () => client.invalidateQueries({ queryKey: ["loop", campaign.id] }),
  });
  const on = change.isPending ? change.variables : campaign.ask_me_first;
  return (
    <Stack gap="xs">
      <Switch
        label="Ask me first"
        description="Planned rounds wait for an approval"
        checked={on}
        onChange={(event) => change.mutate(event.currentTarget.checked)}
      />
      {change.isError && <ProblemAlert error={change.error} />}
    </Stack>
  );
}
