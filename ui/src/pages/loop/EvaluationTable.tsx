import { Table, Text } from "@mantine/core";
import type { EvaluationReport } from "../../api/types";
import { count, fixed, NOTHING, percent } from "../../format/number";

const NAMES: Record<string, string> = {
  candidate: "new model",
  current: "current model",
  mean: "training mean",
  ridge: "ridge",
  random: "random order",
};

function withInterval(x?: number | null, low?: number | null, high?: number | null): string {
  if (typeof x !== "number") return NOTHING;
  return typeof low === "number" && typeof high === "number"
    ? `${fixed(x)} (${fixed(low)} to ${fixed(high)})`
    : fixed(x);
}

/** A new model beside the current one and the baselines, on genes neither was trained on. */
export function EvaluationTable({ evaluation: e }: { evaluation: EvaluationReport }) {
  return (
    <>
      <Table className="table" maw={640} aria-label="Evaluation on held-out genes">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Predictor</Table.Th>
            <Table.Th className="number">Squared error (95 %)</Table.Th>
            <Table.Th className="number">Rank correlation (95 %)</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {e.scores.map((s) => (
            <Table.Tr key={s.name}>
              <Table.Td>{NAMES[s.name] ?? s.name}</Table.Td>
              <Table.Td className="number">{withInterval(s.mse, s.mse_low, s.mse_high)}</Table.Td>
              <Table.Td className="number">
                {withInterval(s.spearman, s.spearman_low, s.spearman_high)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed">
        {count(e.n_train)} genes trained on, {count(e.n_held_out)} held out. Better than the current
        model in {percent(e.p_better_than_current)} of bootstraps, than the mean in{" "}
        {percent(e.p_better_than_mean)}.
      </Text>
    </>
  );
}
