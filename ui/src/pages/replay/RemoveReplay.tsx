import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { removeReplay } from "../../api/replays";
import type { Replay } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/Problem";

/** Takes a replay out of the list after asking. */
export function RemoveReplay({ replay, campaignId }: { replay: Replay; campaignId: string }) {
  const [opened, { open, close }] = useDisclosure(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => removeReplay(replay.id),
    onSuccess: async () => {
      await navigate({ to: "/c/$campaignId/replay", params: { campaignId } });
      client.removeQueries({ queryKey: ["replays", replay.id] });
      await client.invalidateQueries({ queryKey: ["replays"] });
    },
  });
  return (
    <>
      <Button variant="default" onClick={open}>
        Remove …
      </Button>
      <Dialog opened={opened} onClose={close} title={`Remove the replay of ${replay.name}?`}>
        <Stack>
          <Text>
            It leaves the list, and stops if it runs. The same screen with the same options brings
            it back.
          </Text>
          {remove.isError && <ProblemAlert error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              Remove
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
