import { Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { planRound } from "../../api/actions";
import { ProblemAlert } from "../../components/Problem";
import { SidePanel } from "../../components/SidePanel";
import { planRequest } from "./plan-request";

/** Plans the next round now, under limits. */
export function PlanRound({ campaignId, add }: { campaignId: string; add?: string }) {
  // Genes chosen among the targets open the form at once.
  const [opened, { open, close }] = useDisclosure(Boolean(add));
  return (
    <>
      <Button variant="default" onClick={open}>
        Plan a round now …
      </Button>
      <SidePanel opened={opened} onClose={close} title="Plan a round now">
        <PlanForm campaignId={campaignId} add={add} onClose={close} />
      </SidePanel>
    </>
  );
}

type FormProps = { campaignId: string; add?: string; onClose: () => void };

function PlanForm({ campaignId, add, onClose }: FormProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [batch, setBatch] = useState<number | string>("");
  const [force, setForce] = useState(add ?? "");
  const [exclude, setExclude] = useState("");
  const plan = useMutation({
    mutationFn: () => planRound(campaignId, planRequest({ batch, force, exclude })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
      await navigate({ to: "/c/$campaignId/jobs", params: { campaignId } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    plan.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          Empty fields come from the campaign. Genes of rounds without results are never picked
          again.
        </Text>
        <NumberInput
          label="Candidate wells"
          min={1}
          allowDecimal={false}
          value={batch}
          onChange={setBatch}
        />
        <TextInput
          label="Genes that must be in"
          placeholder="MYB, GATA3"
          value={force}
          onChange={(e) => setForce(e.currentTarget.value)}
        />
        <TextInput
          label="Genes that must stay out"
          placeholder="JUN"
          value={exclude}
          onChange={(e) => setExclude(e.currentTarget.value)}
        />
        {plan.isError && <ProblemAlert error={plan.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={plan.isPending}>
            Plan the round
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
