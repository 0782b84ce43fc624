import { useCallback, useMemo } from "react";
import type { ScreenReport } from "../../api/types";
import { GroupScatter } from "../../charts/GroupScatter";
import type { Point } from "../../charts/scatter";
import { Figure } from "../../components/Figure";
import { CentreTable } from "../models/CentreTable";
import { groupsOf } from "../models/obs-groups";
import { readable } from "./screen-words";

/** Start, goal and perturbed cells in a UMAP. */
export function CellMap({ report }: { report: ScreenReport }) {
  const { map } = report;
  const points = useMemo(() => map.map(({ x, y }): Point => [x, y]), [map]);
  const grouping = useMemo(() => groupsOf(map.map(({ group }) => readable(group))), [map]);
  const describe = useCallback(
    (i: number) => ({ title: readable(map[i]?.group ?? ""), text: "" }),
    [map],
  );
  if (map.length === 0) return null;
  return (
    <Figure
      title="Cells before and after"
      caption="Cells of the start and the goal, and start cells after the perturbations that rank first, in a UMAP of their embeddings (15 neighbours by cosine). Perturbed cells are placed among their neighbours. Distances in the picture are not distances in the embedding: the shifts are in the table."
      table={<CentreTable points={points} grouping={grouping} name="Cells" axis="UMAP" />}
    >
      <GroupScatter
        points={points}
        groups={grouping.groups}
        of={grouping.of}
        describe={describe}
        xLabel="UMAP 1"
        yLabel="UMAP 2"
        name="Cells"
        label={`${map.length} cells in a UMAP; the table has the centre of each group`}
      />
    </Figure>
  );
}
