import { Button, Group, Stack, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useCallback, useMemo, useState } from "react";
import { GroupLegend, RampLegend } from "../../charts/ColourLegend";
import { groupMark, type Mark, rampColour, type Scheme } from "../../charts/palette";
import { ScatterPlot } from "../../charts/ScatterPlot";
import type { Point } from "../../charts/scatter";
import { Figure } from "../../components/Figure";
import { percent, plural, value } from "../../format/number";
import { CentreTable } from "./CentreTable";
import {
  csvOf,
  fifthsOf,
  type Grouping,
  groupsOf,
  type ObsColumn,
  rangeOf,
  shareOf,
} from "./obs-groups";

/** Cells on the first two principal components of their embeddings. */
export type Picture = {
  cells: readonly string[];
  points: readonly Point[];
  /** Shares of the embeddings' variance on the two axes. */
  explained: readonly [number, number];
  column: ObsColumn | null;
};

type Props = { picture: Picture; title: string; caption: string; fileName: string };

/** What one cell says to the pointer and how it is drawn. */
type Look = {
  mark: (i: number) => Mark;
  faded?: (i: number) => boolean;
  value: (i: number) => string;
};

const axis = (n: number, explained: number) => `PC ${n} (${percent(explained)} of the variance)`;

/** The grouping of the table: the column's groups, or fifths of its numbers. */
export function groupingOf({ column, cells }: Picture): Grouping {
  if (column === null) return groupsOf(cells.map(() => "all cells"));
  return column.kind === "words" ? groupsOf(column.values) : fifthsOf(column.values);
}

function lookOf(
  column: ObsColumn | null,
  grouping: Grouping,
  scheme: Scheme,
  chosen?: string,
): Look {
  if (column?.kind === "numbers") {
    const range = rangeOf(column.values);
    const known = (i: number) => {
      const x = column.values[i];
      return typeof x === "number" && Number.isFinite(x) ? x : null;
    };
    return {
      mark: (i) => {
        const x = known(i);
        return x === null || range === null
          ? groupMark(null, scheme)
          : { colour: rampColour(shareOf(x, range), scheme), shape: "circle" };
      },
      value: (i) => `${column.name}: ${known(i) === null ? "no value" : value(known(i))}`,
    };
  }
  const group = (i: number) => grouping.groups[grouping.of[i] ?? -1];
  return {
    mark: (i) => groupMark(group(i)?.slot ?? null, scheme),
    faded: chosen === undefined ? undefined : (i) => group(i)?.label !== chosen,
    value: (i) => (column === null ? "" : `${column.name}: ${column.values[i] ?? "no value"}`),
  };
}

/** The cells as points, their legend, and the same as a table of centres. */
export function EmbeddingPicture({ picture, title, caption, fileName }: Props) {
  const { points, cells, explained, column } = picture;
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const [chosen, choose] = useState<string>();
  const grouping = useMemo(() => groupingOf(picture), [picture]);
  const known = grouping.groups.some((group) => group.label === chosen) ? chosen : undefined;
  const look = useMemo(
    () => lookOf(column, grouping, scheme, known),
    [column, grouping, scheme, known],
  );
  const describe = useCallback(
    (i: number) => ({ title: cells[i] ?? "", text: look.value(i) }),
    [cells, look],
  );
  const range = column?.kind === "numbers" ? rangeOf(column.values) : null;
  return (
    <Figure
      title={title}
      caption={caption}
      table={<CentreTable points={points} grouping={grouping} name={column?.name ?? "Cells"} />}
    >
      <Stack gap="sm">
        <div ref={ref} style={{ minHeight: 460, overflow: "hidden" }}>
          {width > 0 && (
            <ScatterPlot
              points={points}
              mark={look.mark}
              faded={look.faded}
              describe={describe}
              xLabel={axis(1, explained[0])}
              yLabel={axis(2, explained[1])}
              label={`${plural(points.length, "cell")} on two principal components${column ? `, coloured by ${column.name}` : ""}; the table has the centre of each group`}
              width={Math.round(width)}
            />
          )}
        </div>
        {column?.kind === "words" && (
          <GroupLegend
            name={column.name}
            groups={grouping.groups}
            scheme={scheme}
            chosen={known}
            onChoose={choose}
          />
        )}
        {column?.kind === "numbers" && range && (
          <RampLegend
            name={column.name}
            low={range[0]}
            high={range[1]}
            scheme={scheme}
            without={grouping.groups.find((group) => group.slot === null)?.cells ?? 0}
          />
        )}
        <Group>
          <Button
            variant="default"
            size="sm"
            onClick={() => save(csvOf(cells, points, column), fileName)}
          >
            ↓ Cells and places, CSV
          </Button>
        </Group>
      </Stack>
    </Figure>
  );
}

/** Gives the browser a file made here. */
function save(text: string, name: string) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
