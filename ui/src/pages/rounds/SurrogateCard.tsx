import { List, Text, Title } from "@mantine/core";
import type { SurrogateSummary } from "../../api/types";
import { BlockWeights } from "../../charts/BlockWeights";
import { count, fixed, percent, signed } from "../../format/number";

/** What the surrogate had learnt when it chose. */
export function SurrogateCard({ surrogate: s }: { surrogate: SurrogateSummary }) {
  const weight = s.model_weight;
  return (
    <section className="card no-print" aria-labelledby="surrogate-title">
      <Title order={2} size="h4" id="surrogate-title" mb="xs">
        What the surrogate had learnt
      </Title>
      <dl className="facts">
        <dt>Measured genes it was fitted on</dt>
        <dd>{count(s.n_observed)}</dd>
        <dt>Share of signal</dt>
        <dd>
          {percent(s.signal_share)} (noise variance {fixed(s.noise_variance, 3)})
        </dd>
        <dt>Weight of the model's screen</dt>
        <dd>
          {fixed(weight.weight, 3)}
          {typeof weight.low === "number" &&
            typeof weight.high === "number" &&
            ` (90 %: ${fixed(weight.low, 3)} to ${fixed(weight.high, 3)})`}
          , {percent(weight.share)} of the explained variance
          {typeof weight.log_bayes_factor === "number" &&
            `, log Bayes factor ${signed(weight.log_bayes_factor, 2)}`}
        </dd>
      </dl>
      <Text size="sm" mt="xs">
        {weight.explanation}
      </Text>
      {s.notes.length > 0 && (
        <List size="sm" mt="xs">
          {s.notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
      {s.blocks.length > 0 ? <BlockWeights blocks={s.blocks} /> : null}
    </section>
  );
}
