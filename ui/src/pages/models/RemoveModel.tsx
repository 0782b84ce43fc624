import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { removeModel } from "../../api/models";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/Problem";

type Props = {
  digest: string;
  name: string;
  usedBy: readonly string[];
  onRemoved: () => Promise<void>;
};

/** Names the removal of a model while it lasts. */
export const removalKey = (digest: string) => ["remove", digest];

/** Removes a model after asking; one in use stays, and says what uses it. */
export function RemoveModel({ digest, name, usedBy, onRemoved }: Props) {
  const [opened, { open, close }] = useDisclosure(false);
  const client = useQueryClient();
  const remove = useMutation({
    mutationKey: removalKey(digest),
    mutationFn: () => removeModel(digest),
    onSuccess: async () => {
      await onRemoved();
      void client.invalidateQueries({ queryKey: ["models"] });
    },
  });
  const shut = () => {
    close();
    remove.reset();
  };
  const used = usedBy.length > 0;
  return (
    <>
      <Button variant="default" onClick={open}>
        Remove …
      </Button>
      <Dialog opened={opened} onClose={shut} title={`Remove ${name}?`}>
        <Stack>
          {used ? (
            <>
              <Text>This model cannot be removed while it is in use:</Text>
              <ul style={{ margin: 0 }}>
                {usedBy.map((use) => (
                  <li key={use}>{use}</li>
                ))}
              </ul>
            </>
          ) : (
            <Text>
              Its weights are deleted from this server. To have it back, its files must be imported
              again; they give the same digest.
            </Text>
          )}
          {remove.isError && <ProblemAlert error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={shut}>
              {used ? "Close" : "Keep it"}
            </Button>
            {!used && (
              <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
                Remove
              </Button>
            )}
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
