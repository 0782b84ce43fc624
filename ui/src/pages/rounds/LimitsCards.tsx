import { Group } from "@mantine/core";
import type { LoopState, RoundPreview } from "../../api/types";
import { Fact } from "../../components/Fact";
import { count, money, NOTHING } from "../../format/number";

type Props = { state: LoopState; preview?: RoundPreview };

/** What the campaign has left, and what the previewed round would leave. */
export function LimitsCards({ state, preview }: Props) {
  const { campaign, rounds } = state;
  const wells = rounds.at(-1)?.wells_cumulative ?? 0;
  const now = preview?.left_before ?? {
    budget: state.budget_left,
    wells: limit(campaign.max_wells, wells),
    rounds: limit(campaign.max_rounds, rounds.length),
    candidates: Math.max(0, campaign.n_candidates - wells),
  };
  const after = preview?.left_after;
  const fact = (
    name: string,
    left: number | null | undefined,
    then: number | null | undefined,
    show: (x: number) => string,
  ) => (
    <Fact name={name} note={note(left, then, show)}>
      {typeof left === "number" ? show(left) : NOTHING}
    </Fact>
  );
  return (
    <Group gap="md" align="stretch" aria-label="Limits left" role="group">
      {fact("Budget left", now.budget, after?.budget, money)}
      {fact("Wells left", now.wells, after?.wells, count)}
      {fact("Rounds left", now.rounds, after?.rounds, count)}
      {fact("Genes not measured yet", now.candidates, after?.candidates, count)}
    </Group>
  );
}

const limit = (all: number | null | undefined, used: number) =>
  typeof all === "number" ? Math.max(0, all - used) : undefined;

function note(
  left: number | null | undefined,
  then: number | null | undefined,
  show: (x: number) => string,
): string {
  if (typeof left !== "number") return "no limit set";
  return typeof then === "number" ? `${show(then)} after this round` : "before this round";
}
