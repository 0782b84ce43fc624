import { Group, Stack, Table, Text, Title } from "@mantine/core";
import type { ScreenReport } from "../../api/types";
import { count, fixed } from "../../format/number";
import { familyWords } from "../models/model-words";
import { CompareButton, ScreenLink } from "./ScreenLink";

/** What other models say of the same cells and states. */
export function AgreementCard({ report }: { report: ScreenReport }) {
  const { agreement, screen } = report;
  return (
    <section className="card" aria-labelledby="agreement-title">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id="agreement-title">
          Families side by side
        </Title>
        {agreement.length > 0 && (
          <CompareButton ids={[screen.id, ...agreement.map((other) => other.screen_id)]}>
            Compare them
          </CompareButton>
        )}
      </Group>
      {agreement.length === 0 ? (
        <Text size="sm">
          No other model screened these cells and states yet. A ranking on which several families
          agree is worth more: order the same screen with another one.
        </Text>
      ) : (
        <Stack gap="xs">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <section className="scroll" tabIndex={0} aria-label="Agreement with other screens">
            <Table className="table" aria-label="Agreement with other screens">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Screen</Table.Th>
                  <Table.Th>Family</Table.Th>
                  <Table.Th className="number">Rank correlation</Table.Th>
                  <Table.Th className="number">Common targets</Table.Th>
                  <Table.Th className="number">Common in the first 20</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {agreement.map((other) => (
                  <Table.Tr key={other.screen_id}>
                    <Table.Td>
                      <ScreenLink id={other.screen_id}>{other.model_name}</ScreenLink>
                    </Table.Td>
                    <Table.Td>{familyWords(other.family)}</Table.Td>
                    <Table.Td className="number">{fixed(other.spearman)}</Table.Td>
                    <Table.Td className="number">{count(other.n)}</Table.Td>
                    <Table.Td className="number">{count(other.top_overlap)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </section>
          <Text size="xs" c="dimmed">
            Spearman correlation of mean effects, and how many of the first 20 of each perturbation
            are first in both.
          </Text>
        </Stack>
      )}
    </section>
  );
}
