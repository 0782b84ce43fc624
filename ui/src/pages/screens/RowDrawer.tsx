import { Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { screenRows } from "../../api/screens";
import type { ScreenReport, ScreenTargetRow } from "../../api/types";
import { IntervalMark } from "../../charts/IntervalMark";
import { sharedReach } from "../../charts/interval";
import { SidePanel } from "../../components/SidePanel";
import { Loaded } from "../../components/states";
import { count, fixed, NOTHING, percent, probability, signed } from "../../format/number";
import { intervalOf } from "./row-effect";
import { perturbationWords } from "./screen-words";

type Props = {
  report: ScreenReport;
  kind: string;
  label: string | undefined;
  onClose: () => void;
};

/** All numbers of one row: to each state, by donor, and what may explain it. */
export function RowDrawer({ report, kind, label, onClose }: Props) {
  return (
    <SidePanel
      opened={label !== undefined}
      onClose={onClose}
      title={`${label ?? ""}, ${perturbationWords(kind)}`}
    >
      {label !== undefined && <Content report={report} kind={kind} label={label} />}
    </SidePanel>
  );
}

function Content({ report, kind, label }: { report: ScreenReport; kind: string; label: string }) {
  const asked = { perturbation: kind, search: label, sort: "rank", limit: 200, offset: 0 };
  const query = useQuery(screenRows(report.screen.id, asked));
  return (
    <Loaded query={query} what={label}>
      {(page) => {
        const row = page.rows.find((one) => one.label === label);
        if (!row) return <Text>{label} was not perturbed in this screen.</Text>;
        return (
          <Stack gap="lg">
            <Effects row={row} />
            <Donors row={row} />
            <dl className="facts">
              {rowFacts(row).map(([name, words]) => (
                <div key={name} style={{ display: "contents" }}>
                  <dt>{name}</dt>
                  <dd>{words}</dd>
                </div>
              ))}
            </dl>
          </Stack>
        );
      }}
    </Loaded>
  );
}

function Effects({ row }: { row: ScreenTargetRow }) {
  const reach = sharedReach(row.effects.map(intervalOf));
  return (
    <Table className="table" aria-label="Effects">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Towards</Table.Th>
          <Table.Th>95 % interval</Table.Th>
          <Table.Th className="number">Mean</Table.Th>
          <Table.Th className="number">q, cells</Table.Th>
          <Table.Th className="number">q, donors</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {row.effects.map((effect) => (
          <Table.Tr key={effect.measure}>
            <Table.Td>{effect.measure}</Table.Td>
            <Table.Td>
              <IntervalMark
                interval={intervalOf(effect)}
                reach={reach}
                what={`${row.label} towards ${effect.measure}`}
              />
            </Table.Td>
            <Table.Td className="number">{signed(effect.mean, 5)}</Table.Td>
            <Table.Td className="number">{probability(effect.q)}</Table.Td>
            <Table.Td className="number">{probability(effect.q_donor)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Donors({ row }: { row: ScreenTargetRow }) {
  const intervals = row.by_donor.map(({ mean, low, high }) => ({ mean, low, high }));
  const reach = sharedReach(intervals);
  if (row.by_donor.length === 0) return null;
  return (
    <section aria-labelledby="by-donor">
      <Title order={3} size="h5" id="by-donor" mb="xs">
        By donor
      </Title>
      <Table className="table" aria-label="Effect by donor">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Donor</Table.Th>
            <Table.Th>95 % interval over its cells</Table.Th>
            <Table.Th className="number">Mean</Table.Th>
            <Table.Th className="number">Cells</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {row.by_donor.map((donor, i) => (
            <Table.Tr key={donor.donor}>
              <Table.Td>{donor.donor}</Table.Td>
              <Table.Td>
                <IntervalMark
                  interval={intervals[i] ?? {}}
                  reach={reach}
                  what={`${row.label} in ${donor.donor}`}
                />
              </Table.Td>
              <Table.Td className="number">{signed(donor.mean, 5)}</Table.Td>
              <Table.Td className="number">{count(donor.n_cells)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** What else is known of a row, as name and words. */
export function rowFacts(row: ScreenTargetRow): [string, string][] {
  const facts: [string, string][] = [
    ["Rank", count(row.rank)],
    ["Ensembl id", row.genes.join(", ")],
    ["Cells perturbed", `${count(row.n_cells)} (${percent(row.coverage)} of the start cells)`],
    ["Cells that show it beyond the context", count(row.n_truncated)],
    ["Detected in", percent(row.detection_rate)],
    ["Mean rank in the cells", fixed(row.mean_rank, 0)],
    ["Mean expression", `${fixed(row.mean_expression)} ln(1 + CP10k)`],
    ["Goal minus start", signed(row.goal_minus_start)],
    [
      "Expression-matched targets",
      `mean ${signed(row.matched_mean, 5)}, ${percent(row.matched_percentile)} have a smaller effect`,
    ],
    ["Druggable", row.druggable.length > 0 ? row.druggable.join(", ") : NOTHING],
    ["Measured |robust z|", fixed(row.measured, 1)],
  ];
  if (row.singles.length > 0) {
    facts.push(["Each alone", row.singles.map((mean) => signed(mean, 5)).join(", ")]);
    facts.push(["Joint less their sum", signed(row.joint_minus_sum, 5)]);
  }
  if (typeof row.impact_share === "number")
    facts.push(["Cells with an impact", percent(row.impact_share)]);
  if (row.null_cells > 0)
    facts.push([
      "Against the null group",
      `${signed(row.null_difference, 5)}, q ${probability(row.null_q)}, ${count(row.null_cells)} cells`,
    ]);
  return facts;
}
