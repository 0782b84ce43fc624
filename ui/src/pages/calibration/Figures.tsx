import { lazy, Suspense } from "react";
import type { CalibrationScores } from "../../api/types";
import { Figure } from "../../components/Figure";
import { Loading } from "../../components/states";
import { brierWords, hitWords, pitWords } from "./calibration-words";
import { BinsTable, CoverageTable, PitTable } from "./FigureTables";

const CoverageFigure = lazy(() =>
  import("../../charts/CoverageFigure").then((module) => ({ default: module.CoverageFigure })),
);
const PitFigure = lazy(() =>
  import("../../charts/PitFigure").then((module) => ({ default: module.PitFigure })),
);
const ReliabilityFigure = lazy(() =>
  import("../../charts/ReliabilityFigure").then((module) => ({
    default: module.ReliabilityFigure,
  })),
);

/** All measured genes in three figures. */
export function Figures({ scores }: { scores: CalibrationScores }) {
  const { hits } = scores;
  return (
    <>
      <Figure
        title="How often intervals held the measurement"
        caption="Each row is a level that the planner claims. Left of the grey bar its intervals are too narrow, right of it too wide. The corrected sd of a gene uses the factor of the other genes."
        table={<CoverageTable scores={scores} />}
      >
        <Suspense fallback={<Loading what="the figure" />}>
          <CoverageFigure scores={scores} />
        </Suspense>
      </Figure>
      <Figure
        title="Where measurements fell in their predictions"
        caption={pitWords(scores.pit)}
        table={<PitTable pit={scores.pit} />}
      >
        <Suspense fallback={<Loading what="the figure" />}>
          <PitFigure pit={scores.pit} />
        </Suspense>
      </Figure>
      <Figure
        title="Whether hit probabilities came true"
        caption={`${hitWords(hits)} ${brierWords(hits)} Genes of one pathway are not independent, so the bars are the least that chance allows.`}
        table={<BinsTable hits={hits} />}
      >
        <Suspense fallback={<Loading what="the figure" />}>
          <ReliabilityFigure hits={hits} />
        </Suspense>
      </Figure>
    </>
  );
}
