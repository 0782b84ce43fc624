import type { Pick, RoundPreview } from "../../api/types";
import type { LegendGroup } from "../../charts/ColourLegend";
import type { Point } from "../../charts/scatter";
import { KIND } from "./pick-words";

/** Marks of the kinds; each has a shape of its own beside its colour. */
const SLOT: Record<Pick["kind"], number> = {
  prior: 0,
  scored: 0,
  random: 7,
  forced: 14,
  replicate: 21,
};

const ORDER: readonly Pick["kind"][] = ["prior", "scored", "random", "forced", "replicate"];

type Shown = {
  candidates: RoundPreview["candidates"];
  picks: readonly { symbol: string; kind: Pick["kind"] }[];
};
type Picture = { points: Point[]; of: number[]; groups: LegendGroup[] };

/** Points and groups of the picture: candidates that are not picked, then each kind of pick. */
export function meanSdOf(preview: Shown): Picture {
  const kinds = new Map(preview.picks.map((pick) => [pick.symbol, pick.kind]));
  const present = ORDER.filter((kind) => preview.picks.some((pick) => pick.kind === kind));
  const of = preview.candidates.map((point) => {
    const kind = kinds.get(point.symbol);
    return kind === undefined ? 0 : 1 + present.indexOf(kind);
  });
  const size = (group: number) => of.filter((one) => one === group).length;
  return {
    points: preview.candidates.map((point) => [point.mean, point.sd] as const),
    of,
    groups: [
      { label: "not picked", cells: size(0), slot: null },
      ...present.map((kind, i) => ({ label: KIND[kind], cells: size(i + 1), slot: SLOT[kind] })),
    ],
  };
}
