import { Table } from "@mantine/core";
import type { PooledCall } from "../../api/types";
import { Badge, HitBadge } from "../../components/Badge";
import { count, fixed, probability, signed } from "../../format/number";
import { Region } from "./Region";

type Props = {
  calls: readonly PooledCall[];
  /** What the table is, for its name. */
  caption: string;
  /** Head of the column of FDRs. */
  fdr: string;
  /** Whether the rows are controls, whose hits are false. */
  controls?: boolean;
};

/** Rows of a MAGeCK table as they are read. */
export function CallsTable({ calls, caption, fdr, controls }: Props) {
  return (
    <Region label={caption}>
      <Table className="table" aria-label={caption}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{controls ? "Control" : "Gene"}</Table.Th>
            <Table.Th className="number">Guides</Table.Th>
            <Table.Th className="number">Effect</Table.Th>
            <Table.Th className="number">Robust z</Table.Th>
            <Table.Th className="number">Its se</Table.Th>
            <Table.Th className="number">{fdr}</Table.Th>
            <Table.Th>{controls ? "Calibration" : "Call"}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {calls.map((call) => (
            <Table.Tr key={call.row}>
              <Table.Td fw={650}>{call.symbol}</Table.Td>
              <Table.Td className="number">{count(call.guides)}</Table.Td>
              <Table.Td className="number">{signed(call.effect, 3)}</Table.Td>
              <Table.Td className="number">{signed(call.robust_z, 2)}</Table.Td>
              <Table.Td className="number">{fixed(call.se, 2)}</Table.Td>
              <Table.Td className="number">{probability(call.fdr)}</Table.Td>
              <Table.Td>
                {controls ? <ControlBadge hit={call.hit} /> : <HitBadge hit={call.hit} />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Region>
  );
}

function ControlBadge({ hit }: { hit: boolean }) {
  return hit ? <Badge tone="bad">false positive</Badge> : <Badge tone="good">not called</Badge>;
}
