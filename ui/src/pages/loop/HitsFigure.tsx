import { useElementSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { datasets } from "../../api/queries";
import type { LoopState } from "../../api/types";
import { HitsTable } from "../../charts/HitsTable";
import { curvePoints, curveRows } from "../../charts/hits-curve";
import { Figure } from "../../components/Figure";
import { Loading } from "../../components/states";
import { shortDigest } from "../../format/number";

const HitsCurve = lazy(() =>
  import("../../charts/HitsCurve").then((module) => ({ default: module.HitsCurve })),
);

/** Hits against wells, with the data set and the band's basis named. */
export function HitsFigure({ state }: { state: LoopState }) {
  const { campaign, rounds, random_band: band } = state;
  const known = useQuery(datasets());
  const { ref, width } = useElementSize();
  const points = useMemo(() => curvePoints(rounds), [rounds]);
  const dataset = known.data?.find((d) => d.digest === campaign.dataset_digest);
  const caption = (
    <>
      Campaign {campaign.name}, {campaign.readout}; {campaign.hit_rule}. Cells:{" "}
      {dataset?.name ?? shortDigest(campaign.dataset_digest)}.{" "}
      {band.length > 0
        ? `Random band: ${state.random_band_basis}`
        : "No random band yet: it needs the base rate of the first results."}
    </>
  );
  return (
    <Figure
      title="Hits found against wells used"
      caption={caption}
      table={<HitsTable rows={curveRows(points, band)} />}
    >
      <div ref={ref} style={{ minHeight: 320 }}>
        <Suspense fallback={<Loading what="the figure" />}>
          <HitsCurve
            points={points}
            band={band}
            width={width > 0 ? Math.round(width) : undefined}
          />
        </Suspense>
      </div>
    </Figure>
  );
}
