import { Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { campaigns, plate } from "../../api/queries";
import type { Plate, PlateQc } from "../../api/types";
import { Barcode } from "../../charts/Barcode";
import { PlateLegend } from "../../charts/PlateLegend";
import { PlateMap } from "../../charts/PlateMap";
import { wellLabel, wellName, wellsByName } from "../../charts/plate-grid";
import { ProblemAlert } from "../../components/Problem";
import { Loaded } from "../../components/states";
import { fixed, signed } from "../../format/number";
import { PlateDownloads } from "./PlateDownloads";
import { reagentLines } from "./reagent-lines";

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
  const reagent = p.reagents.find((use) => use.well === name);
  const { data: known } = useQuery(campaigns());
  const campaign = known?.find((c) => c.id === p.campaign_id)?.name;
  const [zoom, setZoom] = useState("1");
  const [problem, setProblem] = useState<unknown>();
  const sought = useLocation({ select: ({ hash }) => hash === p.barcode });
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // The plate is read after the page has gone to the address: the browser's own jump misses it.
    if (sought) section.current?.scrollIntoView({ block: "start" });
  }, [sought]);
  return (
    <section
      ref={section}
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
            {campaign && `${campaign}, `}round {p.round_number}
            {p.donor && `, donor ${p.donor}`}, {p.format} wells, layout seed {p.seed}
          </Text>
        </div>
        <Group>
          <Barcode text={p.barcode} />
          <Group gap="xs" className="no-print">
            <PlateDownloads plate={p} onProblem={setProblem} />
          </Group>
        </Group>
      </Group>
      {problem !== undefined && <ProblemAlert error={problem} />}
      {p.columns > 12 && <Zoom value={zoom} onChange={setZoom} />}
      <div className="scroll">
        <PlateMap plate={p} selected={selected} onSelect={select} zoom={Number(zoom)} />
      </div>
      <PlateLegend plate={p} />
      {p.notes.length > 0 && (
        <Text size="sm" mt="xs" className="layout-notes">
          Layout: {p.notes.join("; ")}.
        </Text>
      )}
      {p.qc && <Quality qc={p.qc} />}
      <Text size="sm" mt="sm" className="no-print">
        <strong>{wellLabel(name, well)}</strong>
        {well?.ensembl_id && ` · ${well.ensembl_id}`}
        {reagent && ` · ${reagent.guide_id} from ${reagent.source_plate} ${reagent.source_well}`}
        {well && ` · replicate ${well.replicate}`}
        {typeof well?.value === "number" && ` · value ${fixed(well.value, 3)}`}
        {typeof well?.robust_z === "number" && ` · robust z ${signed(well.robust_z, 2)}`}
      </Text>
      <ul className="print-only reagents" aria-label="Reagents">
        {reagentLines(p).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p className="print-only" style={{ fontSize: 12 }}>
        Done by ________________________ Date ________________ Notes
        ______________________________________
      </p>
    </section>
  );
}

type ZoomProps = { value: string; onChange: (value: string) => void };

/** How large a dense plate is drawn; it scrolls when it is wider than the page. */
function Zoom({ value, onChange }: ZoomProps) {
  return (
    <SegmentedControl
      className="no-print"
      size="xs"
      mb="xs"
      aria-label="Size of the plate map"
      value={value}
      onChange={onChange}
      data={[
        { value: "1", label: "Fit" },
        { value: "1.6", label: "Large" },
        { value: "2.5", label: "Largest" },
      ]}
    />
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
