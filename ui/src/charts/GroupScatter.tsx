import { Stack, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { GroupLegend, type LegendGroup } from "./ColourLegend";
import { groupMark } from "./palette";
import { ScatterPlot } from "./ScatterPlot";
import type { Point } from "./scatter";

type Props = {
  points: readonly Point[];
  groups: readonly LegendGroup[];
  /** Number of each point's group. */
  of: readonly number[];
  describe: (i: number) => { title: string; text: string };
  xLabel: string;
  yLabel: string;
  /** What the groups are. */
  name: string;
  /** The picture in one sentence. */
  label: string;
  guides?: { x?: number; y?: number };
  height?: number;
};

/** Points in groups with a legend; pressing a group fades the others. */
export function GroupScatter(props: Props) {
  const { points, groups, of, name, height = 420, ...plot } = props;
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const [chosen, choose] = useState<string>();
  const known = groups.some((group) => group.label === chosen) ? chosen : undefined;
  const look = useMemo(() => {
    const group = (i: number) => groups[of[i] ?? -1];
    return {
      mark: (i: number) => groupMark(group(i)?.slot ?? null, scheme),
      faded: known === undefined ? undefined : (i: number) => group(i)?.label !== known,
    };
  }, [groups, of, scheme, known]);
  return (
    <Stack gap="sm">
      <div ref={ref} style={{ minHeight: height, overflow: "hidden" }}>
        {width > 0 && (
          <ScatterPlot
            {...plot}
            points={points}
            mark={look.mark}
            faded={look.faded}
            width={Math.round(width)}
            height={height}
          />
        )}
      </div>
      <GroupLegend name={name} groups={groups} scheme={scheme} chosen={known} onChoose={choose} />
    </Stack>
  );
}
