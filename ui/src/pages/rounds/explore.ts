import { fixed, percent, signed } from "../../format/number";

/** How much of a pick's score is its mean (exploit) and how much its uncertainty (explore). */
export type Split = { exploit: number; words: string; label: string };

/** Splits `mean + kappa sd`; a mean below zero exploits nothing. */
export function splitOf(pick: { mean: number; sd: number }, kappa: number): Split {
  const [mean, uncertainty] = [Math.max(0, pick.mean), kappa * pick.sd];
  const score = mean + uncertainty;
  const exploit = score > 0 ? mean / score : 1;
  const word = exploit >= 0.5 ? "exploit" : "explore";
  const share = exploit >= 0.5 ? exploit : 1 - exploit;
  return {
    exploit,
    words: `${percent(share)} ${word}`,
    label: `mean ${signed(pick.mean)}, uncertainty ${fixed(uncertainty)}`,
  };
}
