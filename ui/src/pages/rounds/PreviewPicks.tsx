import { Button, Group, Table } from "@mantine/core";
import type { Pick, RoundPreview } from "../../api/types";
import { SplitBar } from "../../charts/SplitBar";
import { Badge } from "../../components/Badge";
import { percent, plusMinus } from "../../format/number";
import { splitOf } from "./explore";
import { KIND } from "./pick-words";
import { genesOf, type PlanForm } from "./plan-form";

type Props = {
  preview: RoundPreview;
  form: PlanForm;
  onLock: (gene: string) => void;
  onExclude: (gene: string) => void;
};

/** Previewed picks with the reason of each; a pick can be locked or excluded. */
export function PreviewPicks({ preview, form, onLock, onExclude }: Props) {
  const locked = new Set(genesOf(form.force));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll plan-picks" tabIndex={0} aria-label="Previewed picks">
      <Table className="table" stickyHeader aria-label="Picks, in order of choice">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="number">#</Table.Th>
            <Table.Th>Gene</Table.Th>
            <Table.Th className="number">Mean ± sd</Table.Th>
            <Table.Th className="number">P(hit)</Table.Th>
            <Table.Th>Explore or exploit</Table.Th>
            <Table.Th>Change</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {preview.picks.map((pick) => (
            <Row
              key={pick.symbol}
              pick={pick}
              kappa={preview.kappa}
              locked={locked.has(pick.symbol)}
              onLock={onLock}
              onExclude={onExclude}
            />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

type RowProps = { pick: Pick; kappa: number; locked: boolean } & Omit<Props, "preview" | "form">;

function Row({ pick, kappa, locked, onLock, onExclude }: RowProps) {
  const split = splitOf(pick, kappa);
  return (
    <>
      <Table.Tr className="picked">
        <Table.Td className="number">{pick.rank}</Table.Td>
        <Table.Td fw={650} title={pick.ensembl_id ?? undefined}>
          {pick.symbol}
        </Table.Td>
        <Table.Td className="number">{plusMinus(pick.mean, pick.sd)}</Table.Td>
        <Table.Td className="number">{percent(pick.p_hit)}</Table.Td>
        <Table.Td style={{ whiteSpace: "nowrap", fontSize: 13 }}>
          <SplitBar share={split.exploit} label={split.label} /> {split.words}
        </Table.Td>
        <Table.Td>
          <Group gap={6} wrap="nowrap">
            <Button
              size="compact-xs"
              variant="default"
              aria-pressed={locked}
              aria-label={`${locked ? "Unlock" : "Lock"} ${pick.symbol}`}
              onClick={() => onLock(pick.symbol)}
            >
              {locked ? "Unlock" : "Lock"}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Exclude ${pick.symbol}`}
              onClick={() => onExclude(pick.symbol)}
            >
              Exclude
            </Button>
          </Group>
        </Table.Td>
      </Table.Tr>
      <Table.Tr className="reason">
        <Table.Td />
        <Table.Td colSpan={5}>
          <Badge tone={locked ? "busy" : "plain"}>{locked ? "locked" : KIND[pick.kind]}</Badge>{" "}
          {pick.reason}
        </Table.Td>
      </Table.Tr>
    </>
  );
}
