import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId } from "react";
import { planAndWait } from "../../api/actions";
import { toProblem } from "../../api/problem";
import type { Campaign, PlanRequest, RoundPreview } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";

type Props = {
  campaign: Campaign;
  request: PlanRequest;
  preview?: RoundPreview;
  error: unknown;
  /** Whether the preview is the one of the form as it stands. */
  settled: boolean;
};

/** Plans exactly the previewed round; says why when it cannot. */
export function ApproveRound({ campaign, request, preview, error, settled }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const reasonId = useId();
  const plan = useMutation({
    mutationFn: ({ seen, approve }: { seen: RoundPreview; approve: boolean }) =>
      planAndWait(campaign.id, { ...request, approve, number: seen.number, seen: seen.state }),
    onSuccess: async (roundId) => {
      await client.invalidateQueries();
      await navigate({
        to: "/c/$campaignId/rounds/$roundId",
        params: { campaignId: campaign.id, roundId },
      });
    },
    // Somebody else may have been faster: show what there is now.
    onError: () => client.invalidateQueries(),
  });
  const reason = whyNot(preview, error, settled);
  const press = (approve: boolean) => preview && plan.mutate({ seen: preview, approve });
  return (
    <section className="card plan-approval" aria-label="Approval">
      <Stack gap="xs">
        {plan.isError && <ProblemAlert error={plan.error} />}
        <Group>
          <Button
            onClick={() => press(true)}
            disabled={reason !== undefined}
            loading={plan.isPending && plan.variables.approve}
            aria-describedby={reasonId}
          >
            Approve round {preview?.number ?? ""}
          </Button>
          {campaign.ask_me_first && (
            <Button
              variant="default"
              onClick={() => press(false)}
              disabled={reason !== undefined}
              loading={plan.isPending && !plan.variables.approve}
            >
              Plan it, approve later
            </Button>
          )}
        </Group>
        <Text size="sm" id={reasonId} role="status">
          {plan.isPending
            ? "The round is being written …"
            : (reason ?? "Sends these picks to the lab. Plates can be printed at once.")}
        </Text>
      </Stack>
    </section>
  );
}

function whyNot(
  preview: RoundPreview | undefined,
  error: unknown,
  settled: boolean,
): string | undefined {
  if (error) {
    const { title, detail } = toProblem(error);
    return `Nothing to approve. ${detail || title}`;
  }
  if (!preview) return "Nothing to approve yet: the preview is being made.";
  if (!settled) return "The preview is being made anew.";
  return undefined;
}
