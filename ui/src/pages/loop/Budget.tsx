import { Group } from "@mantine/core";
import type { LoopState } from "../../api/types";
import { Fact } from "../../components/Fact";
import { count, money, NOTHING, percent } from "../../format/number";

/** Hits, wells, money and rounds so far. */
export function Budget({ state }: { state: LoopState }) {
  const { campaign, rounds, budget_left: left } = state;
  const measured = rounds.filter((r) => typeof r.hits_cumulative === "number").at(-1);
  const hits = measured?.hits_cumulative ?? 0;
  const wells = measured?.wells_cumulative ?? 0;
  const rule = campaign.max_rounds ? `of at most ${count(campaign.max_rounds)}` : "no limit set";
  return (
    <Group gap="md" align="stretch">
      <Fact name="Hits found" note={campaign.hit_rule}>
        {count(hits)}
      </Fact>
      <Fact
        name="Wells measured"
        note={wells > 0 ? `${percent(hits / wells)} of them hits` : "no results yet"}
      >
        {count(wells)}
      </Fact>
      <Fact
        name="Budget left"
        note={
          typeof campaign.budget === "number"
            ? `of ${money(campaign.budget)}; a well costs ${money(campaign.cost_per_well)}${campaign.cost_per_plate > 0 ? `, a plate ${money(campaign.cost_per_plate)}` : ""}`
            : "no limit set"
        }
      >
        {typeof left === "number" ? money(left) : NOTHING}
      </Fact>
      <Fact name="Rounds" note={rule}>
        {count(rounds.length)}
      </Fact>
    </Group>
  );
}
