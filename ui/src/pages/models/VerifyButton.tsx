import { Button, Group, Stack } from "@mantine/core";
import { verifyModel } from "../../api/models";
import { useWork } from "./use-work";
import { WorkState } from "./WorkState";

type Props = { digest: string; name: string; again?: boolean; small?: boolean };

/** Compares a model with its definition on this server, and shows how far that is. */
export function VerifyButton({ digest, name, again, small }: Props) {
  const work = useWork(() => verifyModel(digest), ["models"]);
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Button
          size={small ? "xs" : "sm"}
          variant="default"
          loading={work.busy}
          onClick={work.start}
          aria-label={`Verify ${name}`}
        >
          {again ? "Verify again" : "Verify"}
        </Button>
      </Group>
      <WorkState job={work.job} refused={work.refused} />
    </Stack>
  );
}
