import { Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Plate } from "../../api/types";
import { PlateLegend } from "../../charts/PlateLegend";
import { PlateMap } from "../../charts/PlateMap";
import { wellLabel, wellName, wellsByName } from "../../charts/plate-grid";

/** A plate as it would be laid out. */
export function PreviewPlate({ plate }: { plate: Plate }) {
  const [selected, select] = useState({ row: 0, column: 0 });
  const name = wellName(selected.row, selected.column);
  return (
    <section className="card plate" aria-labelledby={`preview-${plate.barcode}`}>
      <Title order={2} size="h4" id={`preview-${plate.barcode}`} mb="xs">
        Plate {plate.barcode}
      </Title>
      <div className="scroll">
        <PlateMap plate={plate} selected={selected} onSelect={select} />
      </div>
      <PlateLegend plate={plate} />
      <Text size="sm" mt="xs">
        <strong>{wellLabel(name, wellsByName(plate).get(name))}</strong>
      </Text>
    </section>
  );
}
