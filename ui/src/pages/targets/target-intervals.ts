import type { Target } from "../../api/types";
import type { Interval } from "../../charts/interval";

export const knockOut = (t: Target): Interval => ({
  mean: t.knock_out_shift,
  low: t.knock_out_low,
  high: t.knock_out_high,
});

export const overExpression = (t: Target): Interval => ({
  mean: t.over_expression_shift,
  low: t.over_expression_low,
  high: t.over_expression_high,
});
