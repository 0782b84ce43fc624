import { Group, NativeSelect, NumberInput, Radio, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { readTable } from "../../api/pooled";
import { rounds, upload as uploadQuery } from "../../api/queries";
import type { PooledReading, PooledReport, Upload } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { Calls } from "./Calls";

type Props = { upload: Upload; report: PooledReport };

/** How a MAGeCK table is read: round, condition, which FDR, threshold; and what comes of it. */
export function TableReading({ upload, report }: Props) {
  const client = useQueryClient();
  const read = useMutation({
    mutationFn: (reading: PooledReading) => readTable(upload.id, reading),
    onSuccess: (changed) => client.setQueryData(uploadQuery(upload.id).queryKey, changed),
  });
  const open = upload.state !== "accepted" && report.round_id !== null;
  // What was chosen is shown at once, also while the server still reads.
  const reading = read.isPending ? read.variables : report.reading;
  const change = (part: Partial<PooledReading>) => read.mutate({ ...reading, ...part });
  return (
    <Stack gap="md">
      {open && (
        <Choices
          report={report}
          reading={reading}
          campaignId={upload.campaign_id}
          onChange={change}
        />
      )}
      {read.isError && <ProblemAlert error={read.error} />}
      {report.rule ? (
        <div style={{ opacity: read.isPending ? 0.55 : 1 }}>
          <Calls report={report} level={3} />
        </div>
      ) : (
        report.conditions.length > 1 && (
          <Text fw={600}>Choose a condition to see its hits; the table has several.</Text>
        )
      )}
    </Stack>
  );
}

type ChoicesProps = {
  report: PooledReport;
  reading: PooledReading;
  campaignId: string;
  onChange: (part: Partial<PooledReading>) => void;
};

function Choices({ report, reading, campaignId, onChange }: ChoicesProps) {
  const { method, conditions } = report;
  const known = useQuery(rounds(campaignId));
  const waiting = (known.data ?? []).filter(
    (r) => r.kind === "pooled" && (r.state === "planned" || r.state === "approved"),
  );
  return (
    <Group align="flex-start" gap="xl">
      {waiting.length > 1 && (
        <NativeSelect
          label="Round"
          value={report.round_id ?? ""}
          data={waiting.map((r) => ({ value: r.id, label: `Round ${r.number}` }))}
          onChange={(event) => onChange({ round_id: event.currentTarget.value })}
        />
      )}
      {method === "mle" && (
        <NativeSelect
          label="Condition"
          value={reading.condition ?? ""}
          data={[
            ...(reading.condition ? [] : [{ value: "", label: "choose one" }]),
            ...conditions.map((name) => ({ value: name, label: name })),
          ]}
          onChange={(event) => onChange({ condition: event.currentTarget.value || null })}
        />
      )}
      {method === "mle" && (
        <Radio.Group
          label="FDR that calls hits"
          value={reading.fdr ?? "fdr"}
          onChange={(value) => onChange({ fdr: value === "wald-fdr" ? "wald-fdr" : "fdr" })}
        >
          <Stack gap={6} mt={4}>
            <Radio value="fdr" label="fdr, from permutation" />
            <Radio value="wald-fdr" label="wald-fdr, from the Wald test" />
          </Stack>
        </Radio.Group>
      )}
      <NumberInput
        // A new key shows what the server kept.
        key={reading.max_fdr}
        label="Hits have an FDR below"
        min={0.001}
        max={1}
        step={0.01}
        defaultValue={reading.max_fdr ?? 0.05}
        onBlur={(event) => {
          const value = Number(event.currentTarget.value);
          if (value > 0 && value <= 1 && value !== reading.max_fdr) onChange({ max_fdr: value });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
        }}
        w={200}
      />
    </Group>
  );
}
