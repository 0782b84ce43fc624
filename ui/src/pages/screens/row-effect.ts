import type { EffectSummary, ScreenTargetRow } from "../../api/types";
import type { Interval } from "../../charts/interval";

/** A mean with the interval that counts: over donors where there is one, else over cells. */
export function intervalOf(effect: EffectSummary | undefined): Interval {
  if (!effect) return {};
  const overDonors = typeof effect.donor_low === "number";
  return {
    mean: effect.mean,
    low: overDonors ? effect.donor_low : effect.cell_low,
    high: overDonors ? effect.donor_high : effect.cell_high,
  };
}

/** The q that decides: over donors where there is one, else over cells. */
export const qOf = (row: ScreenTargetRow) => row.effects[0]?.q_donor ?? row.effects[0]?.q ?? null;

/** How many of the donors agree with the whole: `3 / 3`. */
export function donorsWords({ n_donors, donors_agreeing }: ScreenTargetRow): string | null {
  return n_donors > 0 ? `${donors_agreeing} / ${n_donors}` : null;
}
