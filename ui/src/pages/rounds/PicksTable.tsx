import { Table } from "@mantine/core";
import type { Pick } from "../../api/types";
import { Bar } from "../../charts/Bar";
import { Badge, HitBadge } from "../../components/Badge";
import { fixed, percent, plusMinus, signed } from "../../format/number";
import { KIND } from "./pick-words";

/** Picks above which the table scrolls by itself: a pooled round has hundreds. */
const MANY = 96;

/** Picks with the reason of each, in numbers and words. */
export function PicksTable({ picks }: { picks: readonly Pick[] }) {
  const look = picks.length > MANY ? "scroll tall" : "scroll";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={look} tabIndex={0} aria-label="Picks">
      <Table className="table" stickyHeader={false} aria-label="Picks, in order of choice">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="number">#</Table.Th>
            <Table.Th>Gene</Table.Th>
            <Table.Th>Chosen as</Table.Th>
            <Table.Th className="number">Mean ± sd</Table.Th>
            <Table.Th className="number">P(hit)</Table.Th>
            <Table.Th className="number">Acquisition</Table.Th>
            <Table.Th className="number">Robust z</Table.Th>
            <Table.Th>Result</Table.Th>
            <Table.Th>Reason</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {picks.map((pick) => (
            <Table.Tr key={pick.rank}>
              <Table.Td className="number">{pick.rank}</Table.Td>
              <Table.Td fw={650} title={pick.ensembl_id ?? undefined}>
                {pick.symbol}
              </Table.Td>
              <Table.Td>
                <Badge>{KIND[pick.kind]}</Badge>
              </Table.Td>
              <Table.Td className="number">{plusMinus(pick.mean, pick.sd)}</Table.Td>
              <Table.Td className="number">
                <Bar
                  share={pick.p_hit}
                  width={46}
                  label={`probability of a hit ${percent(pick.p_hit)}`}
                />{" "}
                {percent(pick.p_hit)}
              </Table.Td>
              <Table.Td className="number">{fixed(pick.acquisition, 3)}</Table.Td>
              <Table.Td className="number">{signed(pick.robust_z, 1)}</Table.Td>
              <Table.Td>
                <HitBadge hit={pick.hit} />
              </Table.Td>
              <Table.Td style={{ minWidth: 240, fontSize: 13 }}>{pick.reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
