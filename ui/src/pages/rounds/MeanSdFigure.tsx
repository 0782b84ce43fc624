import { Table } from "@mantine/core";
import { useCallback, useMemo } from "react";
import type { RoundPreview } from "../../api/types";
import { GroupScatter } from "../../charts/GroupScatter";
import { Figure } from "../../components/Figure";
import { count, fixed, percent, plural, plusMinus, signed } from "../../format/number";
import { meanSdOf } from "./mean-sd";

/** Rows of the table beside the picture. */
const LISTED = 20;

/** Every open candidate by what is thought of it and how sure that is. */
export function MeanSdFigure({ preview }: { preview: RoundPreview }) {
  const picture = useMemo(() => meanSdOf(preview), [preview]);
  const describe = useCallback(
    (i: number) => {
      const point = preview.candidates[i];
      return {
        title: point?.symbol ?? "",
        text: `mean ${signed(point?.mean)}, sd ${fixed(point?.sd)}, P(hit) ${percent(point?.p_hit)}`,
      };
    },
    [preview],
  );
  return (
    <Figure
      title="Mean against uncertainty"
      caption={
        <>
          Each open candidate before any pick of this round is taken as done. To the right: likely
          strong. Further up: little known. The score is the mean plus {fixed(preview.kappa)} times
          the sd.
        </>
      }
      table={<Likeliest preview={preview} />}
    >
      <GroupScatter
        points={picture.points}
        groups={picture.groups}
        of={picture.of}
        describe={describe}
        xLabel="Mean of the effect, log scale"
        yLabel="sd"
        name="Candidates"
        label={`Mean against sd of ${plural(preview.candidates.length, "candidate")}, ${count(preview.picks.length)} of them picked; the table has the first ${LISTED}`}
        height={340}
      />
    </Figure>
  );
}

function Likeliest({ preview }: { preview: RoundPreview }) {
  const picked = new Set(preview.picks.map((pick) => pick.symbol));
  const rows = [...preview.candidates].sort((a, b) => b.p_hit - a.p_hit).slice(0, LISTED);
  return (
    <Table className="table" aria-label="Likeliest hits among the open candidates">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Gene</Table.Th>
          <Table.Th className="number">Mean ± sd</Table.Th>
          <Table.Th className="number">P(hit)</Table.Th>
          <Table.Th>Picked</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.symbol}>
            <Table.Td>{row.symbol}</Table.Td>
            <Table.Td className="number">{plusMinus(row.mean, row.sd)}</Table.Td>
            <Table.Td className="number">{percent(row.p_hit)}</Table.Td>
            <Table.Td>{picked.has(row.symbol) ? "yes" : "no"}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
