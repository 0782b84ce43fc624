import type { Dataset, EmbeddingPreview } from "../../api/types";
import { count, plural } from "../../format/number";
import type { Picture } from "./EmbeddingPicture";
import type { ObsColumn } from "./obs-groups";

/** The server's preview as a picture of its first two axes. */
export function pictureOf(preview: EmbeddingPreview): Picture {
  const [first = Number.NaN, second = Number.NaN] = preview.explained_variance;
  return {
    cells: preview.names,
    points: preview.coordinates.map(([x = 0, y = 0]) => [x, y] as const),
    explained: [first, second],
    column: columnOf(preview),
  };
}

function columnOf({ colour }: EmbeddingPreview): ObsColumn | null {
  if (!colour) return null;
  const { column: name, values } = colour;
  if (values.type === "numeric") return { name, kind: "numbers", values: values.numbers };
  const { categories, codes } = values;
  const label = (code: number | null) => (code === null ? null : (categories[code] ?? null));
  return { name, kind: "words", values: codes.map(label) };
}

/** What was drawn, for the caption. */
export function previewCaption(preview: EmbeddingPreview, dataset: Dataset): string {
  const { kind, n_cells, n_sampled, n_blank } = preview;
  const some =
    n_sampled < n_cells
      ? `${count(n_sampled)} of ${plural(n_cells, "cell")}, evenly spaced in the file`
      : `all ${plural(n_cells, "cell")}`;
  const blank =
    n_blank > 0 ? ` ${plural(n_blank, "cell")} without any gene the model knows are left out.` : "";
  return `Principal components of the embedding “${kind}” of ${dataset.name}: ${some}.${blank} The axes are those of most variance; distances within the picture are not distances in the embedding.`;
}

/** The columns of `obs` that cells can be coloured by. */
export function colourColumns({ report }: Dataset): string[] {
  return [...Object.keys(report.obs), ...(report.numeric_obs ?? [])];
}

/** The column to start with: the first with a handful of categories. */
export function firstColour({ report }: Dataset): string | undefined {
  const few = Object.entries(report.obs).find(([, categories]) => {
    const n = Object.keys(categories).length;
    return n >= 2 && n <= 24;
  });
  return few?.[0];
}
