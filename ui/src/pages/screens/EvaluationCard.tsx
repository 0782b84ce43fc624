import { Button, Group, Stack, Table, Text, Textarea, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { evaluateScreen } from "../../api/screens";
import type { RankingEvaluation, ScreenReport } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { count, fixed, NOTHING } from "../../format/number";
import { genesOf } from "../rounds/plan-form";
import { perturbationWords } from "./screen-words";

/** Does the ranking find what is known to matter, and better than simple ones? */
export function EvaluationCard({ report }: { report: ScreenReport }) {
  const [typed, setTyped] = useState("");
  const evaluate = useMutation({
    mutationFn: () => evaluateScreen(report.screen.id, genesOf(typed)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    evaluate.mutate();
  };
  const own = evaluate.data;
  const shown = own ?? report.evaluations;
  return (
    <section className="card" aria-labelledby="evaluation-title">
      <Title order={2} size="h4" id="evaluation-title" mb="xs">
        Against what is known
      </Title>
      <Stack gap="sm">
        <Text size="sm">
          {own
            ? `Positives: the ${count(own[0]?.positives)} of your genes that were screened.`
            : report.positives
              ? `Positives: ${report.positives}. Only genes that were measured are ranked.`
              : "Nothing was measured on these cells yet. Paste genes that are known to matter to see whether the ranking finds them."}
        </Text>
        {shown.length > 0 && <EvaluationTable rows={shown} />}
        <form onSubmit={submit}>
          <Group align="flex-end">
            <Textarea
              label="Genes known to matter"
              placeholder="GATA3, STAT5B, IL2RA"
              rows={2}
              resize="vertical"
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              w={420}
              maw="100%"
            />
            <Button
              type="submit"
              variant="default"
              loading={evaluate.isPending}
              disabled={genesOf(typed).length === 0}
            >
              Evaluate
            </Button>
          </Group>
        </form>
        {evaluate.isError && <ProblemAlert error={evaluate.error} />}
      </Stack>
    </section>
  );
}

type Ranged = RankingEvaluation["auroc"];

/** A number with its interval: `0.71 (0.60 to 0.81)`. */
function rangedWords(value: Ranged): string {
  if (!value) return NOTHING;
  return `${fixed(value.value)} (${fixed(value.low)} to ${fixed(value.high)})`;
}

function EvaluationTable({ rows }: { rows: readonly RankingEvaluation[] }) {
  const tops = [...new Set(rows.flatMap((row) => row.enrichment.map(({ k }) => k)))].sort(
    (a, b) => a - b,
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll" tabIndex={0} aria-label="Rankings against positives">
      <Table className="table" aria-label="Rankings against positives">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Ranking</Table.Th>
            <Table.Th className="number">Targets, positives</Table.Th>
            <Table.Th className="number">AUROC (95 %)</Table.Th>
            <Table.Th className="number">AUPRC (95 %)</Table.Th>
            {tops.map((k) => (
              <Table.Th key={k} className="number">
                Top {k}
              </Table.Th>
            ))}
            <Table.Th className="number">MRR</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.perturbation}/${row.ranking}`}>
              <Table.Td fw={row.ranking.startsWith("screen") ? 650 : undefined}>
                {row.ranking}
                <Text size="xs" c="dimmed">
                  {perturbationWords(row.perturbation ?? "")}
                </Text>
              </Table.Td>
              <Table.Td className="number">
                {count(row.n)}, {count(row.positives)}
              </Table.Td>
              <Table.Td className="number">{rangedWords(row.auroc)}</Table.Td>
              <Table.Td className="number">{rangedWords(row.auprc)}</Table.Td>
              {tops.map((k) => {
                const at = row.enrichment.find((one) => one.k === k);
                return (
                  <Table.Td key={k} className="number">
                    {at ? `${fixed(at.value, 1)}×` : NOTHING}
                  </Table.Td>
                );
              })}
              <Table.Td className="number">{fixed(row.mrr, 3)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed">
        Chance is 0.5 for AUROC, the share of positives for AUPRC and 1× for the first k.
      </Text>
    </section>
  );
}
