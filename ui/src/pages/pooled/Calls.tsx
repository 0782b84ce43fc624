import { Stack, Text, Title } from "@mantine/core";
import type { PooledReport } from "../../api/types";
import { plural } from "../../format/number";
import { CallsTable } from "./CallsTable";
import { controlWords, scaleWords } from "./pooled-words";

/** Head of the column of FDRs. */
export function fdrName({ method, reading }: PooledReport): string {
  return method === "test" ? "FDR, smaller side" : (reading.fdr ?? "fdr");
}

/** Hits by FDR, and the control rows set apart. */
export function Calls({ report, level }: { report: PooledReport; level: 2 | 3 }) {
  const hits = report.genes.filter((gene) => gene.hit).length;
  const size = level === 2 ? "h4" : "h5";
  return (
    <Stack gap="md">
      <div>
        <Title order={level} size={size}>
          {plural(hits, "hit")} among {plural(report.genes.length, "gene")}
        </Title>
        <Text size="sm">
          {report.rule}. {scaleWords(report)}
        </Text>
      </div>
      <CallsTable calls={report.genes} caption="Genes, strongest first" fdr={fdrName(report)} />
      <div>
        <Title order={level} size={size}>
          Control rows, set apart
        </Title>
        <Text size="sm">{controlWords(report)}</Text>
      </div>
      {report.controls.length > 0 && (
        <CallsTable calls={report.controls} caption="Control rows" fdr={fdrName(report)} controls />
      )}
    </Stack>
  );
}
