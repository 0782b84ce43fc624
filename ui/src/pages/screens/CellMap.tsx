import { useCallback, useMemo } from "react";
import type { ScreenReport } from "../../api/types";
import { GroupScatter } from "../../charts/GroupScatter";
import type { Point } from "../../charts/scatter";
import { Figure } from "../../components/Figure";
import { CentreTable } from "../models/CentreTable";
import { groupsOf } from "../models/obs-groups";

/** Start, goal and perturbed cells on the two axes of most variance. */
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
      caption="Cells of the start and the goal, and start cells after the perturbations that rank first, on the principal components of their embeddings. Distances in the picture are not distances in the embedding."
      table={<CentreTable points={points} grouping={grouping} name="Cells" />}
    >
      <GroupScatter
        points={points}
        groups={grouping.groups}
        of={grouping.of}
        describe={describe}
        xLabel="PC 1"
        yLabel="PC 2"
        name="Cells"
        label={`${map.length} cells on two principal components; the table has the centre of each group`}
      />
    </Figure>
  );
}

/** `GATA3 knock_out` as people read it. */
const readable = (group: string) =>
  group.replace("knock_out", "knock-out").replace("over_expression", "over-expression");
