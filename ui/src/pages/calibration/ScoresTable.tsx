import { Table, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import type { CalibrationScores } from "../../api/types";
import { count, fixed, NOTHING, percent, signed } from "../../format/number";

type Props = {
  title: string;
  rows: readonly (readonly [string, CalibrationScores | null])[];
  /** What the columns are, below. */
  note?: string;
  children?: ReactNode;
};

/** Sets of genes side by side, as predicted and with the corrected sd. */
export function ScoresTable({ title, rows, note, children }: Props) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-labelledby={id}>
      <Title order={2} size="h4" id={id} mb="xs">
        {title}
      </Title>
      {children && (
        <Text size="sm" mb="xs">
          {children}
        </Text>
      )}
      <Table className="table" aria-labelledby={id}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Genes</Table.Th>
            <Table.Th className="number">Measured</Table.Th>
            <Table.Th className="number">In 50 %</Table.Th>
            <Table.Th className="number">In 90 %</Table.Th>
            <Table.Th className="number">Corrected</Table.Th>
            <Table.Th className="number">Factor</Table.Th>
            <Table.Th className="number">Mean error</Table.Th>
            <Table.Th className="number">Mean sd</Table.Th>
            <Table.Th className="number">NLL</Table.Th>
            <Table.Th className="number">Corrected</Table.Th>
            <Table.Th className="number">CRPS</Table.Th>
            <Table.Th className="number">Hits, expected</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, scores]) => (
            <Row key={name} name={name} scores={scores} />
          ))}
        </Table.Tbody>
      </Table>
      {note && (
        <Text size="xs" c="dimmed" mt="xs">
          {note}
        </Text>
      )}
    </section>
  );
}

const covered = (scores: CalibrationScores["raw"] | null | undefined, level: number) =>
  percent(scores?.coverage.find((c) => c.level === level)?.covered);

function Row({ name, scores }: { name: string; scores: CalibrationScores | null }) {
  if (!scores) {
    return (
      <Table.Tr>
        <Table.Td style={{ whiteSpace: "nowrap" }}>{name}</Table.Td>
        <Table.Td className="number">0</Table.Td>
        {Array.from({ length: 10 }, (_, i) => i).map((place) => (
          <Table.Td className="number" key={place}>
            {NOTHING}
          </Table.Td>
        ))}
      </Table.Tr>
    );
  }
  const { raw, corrected, factor, hits } = scores;
  return (
    <Table.Tr>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{name}</Table.Td>
      <Table.Td className="number">{count(raw.wells)}</Table.Td>
      <Table.Td className="number">{covered(raw, 0.5)}</Table.Td>
      <Table.Td className="number">{covered(raw, 0.9)}</Table.Td>
      <Table.Td className="number">{covered(corrected, 0.9)}</Table.Td>
      <Table.Td className="number">{fixed(factor)}</Table.Td>
      <Table.Td className="number">{signed(raw.bias)}</Table.Td>
      <Table.Td className="number">{fixed(raw.sharpness)}</Table.Td>
      <Table.Td className="number">{fixed(raw.nll)}</Table.Td>
      <Table.Td className="number">{fixed(corrected?.nll)}</Table.Td>
      <Table.Td className="number">{fixed(raw.crps)}</Table.Td>
      <Table.Td className="number">{`${count(hits.found)} (${fixed(hits.expected, 1)})`}</Table.Td>
    </Table.Tr>
  );
}
