import { Table, Text } from "@mantine/core";
import type { Consensus, ConsensusRow } from "../../api/types";
import { Bar } from "../../charts/Bar";
import { Badge } from "../../components/Badge";
import { count, fixed, NOTHING } from "../../format/number";
import { familyWords } from "../models/model-words";
import { ScreenLink } from "./ScreenLink";

/** What all screens say about each target, best first. */
export function ConsensusTable({ found }: { found: Consensus }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-label="Consensus">
      <Table className="table" aria-label="Consensus of the screens">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="number">Rank</Table.Th>
            <Table.Th>Target</Table.Th>
            <Table.Th>Consensus</Table.Th>
            <Table.Th className="number">Agree</Table.Th>
            <Table.Th className="number">Significant</Table.Th>
            <Table.Th>Majority</Table.Th>
            {found.screens.map((screen) => (
              <Table.Th key={screen.id} className="number">
                <ScreenLink id={screen.id}>{screen.name}</ScreenLink>
                <Text size="xs" c="dimmed" fw={400}>
                  {screen.model_name}, {familyWords(screen.family)}: rank
                </Text>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.rows.map((row) => (
            <Row key={row.genes.join("+")} row={row} screens={found.screens.map(({ id }) => id)} />
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="xs">
        Consensus: mean over the screens that measured a target of the share of targets ranked below
        it. Agree: screens whose effect has the sign of the majority.
      </Text>
    </section>
  );
}

function Row({ row, screens }: { row: ConsensusRow; screens: readonly string[] }) {
  return (
    <Table.Tr>
      <Table.Td className="number">{count(row.rank)}</Table.Td>
      <Table.Td>
        <strong>{row.label}</strong> {row.transcription_factor && <Badge>TF</Badge>}{" "}
        {row.druggable.length > 0 && <Badge tone="busy">{row.druggable[0]}</Badge>}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <Bar share={row.score} width={56} label={`consensus ${fixed(row.score)}`} />{" "}
        <span className="number">{fixed(row.score)}</span>
      </Table.Td>
      <Table.Td className="number">
        {count(row.n_agreeing)} / {count(row.n_screens)}
      </Table.Td>
      <Table.Td className="number">
        {count(row.n_significant)} / {count(row.n_screens)}
      </Table.Td>
      <Table.Td>{row.direction === "helps" ? "towards the goal" : "away from it"}</Table.Td>
      {row.ranks.map((rank, i) => (
        <Table.Td key={screens[i]} className="number">
          {rank === null ? NOTHING : count(rank)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
