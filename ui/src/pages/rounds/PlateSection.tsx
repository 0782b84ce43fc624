import { Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { plateMapCsv } from "../../api/links";
import { campaigns, plate } from "../../api/queries";
import type { Plate, PlateQc } from "../../api/types";
import { Barcode } from "../../charts/Barcode";
import { PlateLegend } from "../../charts/PlateLegend";
import { PlateMap } from "../../charts/PlateMap";
import { wellLabel, wellName, wellsByName } from "../../charts/plate-grid";
import { DownloadLink } from "../../components/DownloadLink";
import { Loaded } from "../../components/states";
import { fixed, signed } from "../../format/number";

/** One plate: map, quality, files; one sheet when printed. */
export function PlateSection({ plateId }: { plateId: string }) {
  const query = useQuery(plate(plateId));
  return (
    <Loaded query={query} what="the plate">
      {(data) => <PlateCard plate={data} />}
    </Loaded>
  );
}

function PlateCard({ plate: p }: { plate: Plate }) {
  const [selected, select] = useState({ row: 0, column: 0 });
  const name = wellName(selected.row, selected.column);
  const well = wellsByName(p).get(name);
  const { data: known } = useQuery(campaigns());
  const campaign = known?.find((c) => c.id === p.campaign_id)?.name;
  return (
    <section
      className="card plate"
      id={p.barcode}
      aria-labelledby={`plate-${p.id}`}
      style={{ scrollMarginTop: 70 }}
    >
      <Group justify="space-between" mb="xs">
        <div>
          <Title order={2} size="h3" id={`plate-${p.id}`}>
            Plate {p.barcode}
          </Title>
          <Text size="sm" c="dimmed">
            {campaign && `${campaign}, `}round {p.round_number}, {p.format} wells, layout seed{" "}
            {p.seed}
          </Text>
        </div>
        <Group>
          <Barcode text={p.barcode} />
          <div className="no-print">
            <DownloadLink href={plateMapCsv(p.id)}>Plate map, CSV</DownloadLink>
          </div>
        </Group>
      </Group>
      <div className="scroll">
        <PlateMap plate={p} selected={selected} onSelect={select} />
      </div>
      <PlateLegend plate={p} />
      {p.qc && <Quality qc={p.qc} />}
      <Text size="sm" mt="sm" className="no-print">
        <strong>{wellLabel(name, well)}</strong>
        {well?.ensembl_id && ` · ${well.ensembl_id}`}
        {well && ` · replicate ${well.replicate}`}
        {typeof well?.value === "number" && ` · value ${fixed(well.value, 3)}`}
        {typeof well?.robust_z === "number" && ` · robust z ${signed(well.robust_z, 2)}`}
      </Text>
      <p className="print-only" style={{ fontSize: 12 }}>
        Done by ________________________ Date ________________ Notes
        ______________________________________
      </p>
    </section>
  );
}

function Quality({ qc }: { qc: PlateQc }) {
  const numbers = [
    typeof qc.z_prime === "number" ? `Z′ ${fixed(qc.z_prime, 2)}` : null,
    typeof qc.robust_z_prime === "number" ? `robust Z′ ${fixed(qc.robust_z_prime, 2)}` : null,
    typeof qc.ssmd === "number" ? `SSMD ${fixed(qc.ssmd, 1)}` : null,
  ].filter(Boolean);
  return (
    <Text size="sm" mt="xs">
      Controls: {[...numbers, qc.note].join("; ")}
    </Text>
  );
}
