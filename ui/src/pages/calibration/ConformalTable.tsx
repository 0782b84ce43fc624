import { Table, Text, Title } from "@mantine/core";
import type { CalibrationReport } from "../../api/types";
import { percent } from "../../format/number";
import { conformalWords } from "./calibration-words";

/** Intervals that the random arm vouches for, whatever the model. */
export function ConformalTable({ report }: { report: CalibrationReport }) {
  const wells = report.random?.raw.wells ?? 0;
  return (
    <section className="card" aria-labelledby="conformal">
      <Title order={2} size="h4" id="conformal" mb="xs">
        What the random arm vouches for
      </Title>
      <Text size="sm" mb="xs">
        Conformal intervals are as wide as the genes drawn at random demand; they hold without
        trusting the model, for genes drawn at random.
      </Text>
      <Table className="table" aria-labelledby="conformal">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Level</Table.Th>
            <Table.Th>Interval</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.conformal.map((interval) => (
            <Table.Tr key={interval.level}>
              <Table.Td>{percent(interval.level)}</Table.Td>
              <Table.Td>{conformalWords(interval, wells)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
