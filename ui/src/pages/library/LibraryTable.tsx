import { Table } from "@mantine/core";
import type { LibraryWell, ReagentState } from "../../api/types";
import { Badge, type Tone } from "../../components/Badge";
import { fixed, NOTHING } from "../../format/number";

const STATE: Record<ReagentState, [Tone, string]> = {
  available: ["good", "available"],
  used_up: ["warn", "used up"],
  expired: ["bad", "expired"],
  not_yet_here: ["busy", "not here yet"],
};

/** Source wells with what is left in them. */
export function LibraryTable({ wells }: { wells: readonly LibraryWell[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-label="Source wells">
      <Table className="table" aria-label="Source wells of the library">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Plate</Table.Th>
            <Table.Th>Well</Table.Th>
            <Table.Th>Guide</Table.Th>
            <Table.Th>Gene</Table.Th>
            <Table.Th className="number">Volume, µl</Table.Th>
            <Table.Th className="number">Set aside, µl</Table.Th>
            <Table.Th className="number">To take, µl</Table.Th>
            <Table.Th className="number">µM</Table.Th>
            <Table.Th>Lot</Table.Th>
            <Table.Th>Expiry</Table.Th>
            <Table.Th>State</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {wells.map((well) => (
            <Row key={`${well.plate_barcode} ${well.well}`} well={well} />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Row({ well }: { well: LibraryWell }) {
  const [tone, words] = STATE[well.state];
  const concentration = well.concentration_um;
  return (
    <Table.Tr>
      <Table.Td>{well.plate_barcode}</Table.Td>
      <Table.Td>{well.well}</Table.Td>
      <Table.Td>{well.guide_id}</Table.Td>
      <Table.Td>{well.symbol ?? NOTHING}</Table.Td>
      <Table.Td className="number">{fixed(well.volume_ul, 1)}</Table.Td>
      <Table.Td className="number">{fixed(well.reserved_ul, 1)}</Table.Td>
      <Table.Td className="number">{fixed(well.available_ul, 1)}</Table.Td>
      <Table.Td className="number">
        {typeof concentration === "number" ? fixed(concentration, 1) : NOTHING}
      </Table.Td>
      <Table.Td>{well.lot ?? NOTHING}</Table.Td>
      <Table.Td>{well.expiry ?? NOTHING}</Table.Td>
      <Table.Td>
        <Badge tone={tone}>
          {well.state === "not_yet_here" ? `arrives ${well.available_from}` : words}
        </Badge>
      </Table.Td>
    </Table.Tr>
  );
}
