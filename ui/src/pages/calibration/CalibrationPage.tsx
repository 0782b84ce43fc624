import { Alert, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { calibration } from "../../api/replays";
import type { CalibrationReport, CampaignCalibration } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Empty, Loaded } from "../../components/states";
import { ConformalTable } from "./ConformalTable";
import { factorWords, VERDICT } from "./calibration-words";
import { Figures } from "./Figures";
import { ScoresTable } from "./ScoresTable";

const COLUMNS =
  "Corrected: with the sd of each gene times the factor of the other genes, from eight genes on. Mean error: measurement minus predicted mean. NLL: mean negative log predictive density in nats; CRPS: mean continuous ranked probability score. Both are better small, and so is the mean sd where the intervals hold what they claim.";

/** Were the predictions honest? In words first. */
export function CalibrationPage() {
  const { campaignId = "" } = useParams({ strict: false });
  const query = useQuery(calibration(campaignId));
  return (
    <Stack gap="lg">
      <title>Calibration · nextwell</title>
      <div>
        <Title order={1} size="h2">
          Calibration
        </Title>
        <Text mt={4}>
          What the planner predicted of each gene before its round, against what was measured.
        </Text>
      </div>
      <Loaded query={query} what="the calibration">
        {(found) => <Found found={found} />}
      </Loaded>
    </Stack>
  );
}

function Found({ found }: { found: CampaignCalibration }) {
  return (
    <>
      {found.notes.map((note) => (
        <Alert key={note} color="yellow" variant="outline" role="note">
          {note}
        </Alert>
      ))}
      {found.report ? <Report report={found.report} unit={found.unit} /> : <Nothing />}
    </>
  );
}

function Report({ report, unit }: { report: CalibrationReport; unit: string }) {
  const [tone, words] = VERDICT[report.verdict];
  return (
    <>
      <section className="card" aria-labelledby="in-words">
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h4" id="in-words">
            In words
          </Title>
          <Badge tone={tone}>{`intervals ${words}`}</Badge>
        </Group>
        <Text>{report.words}</Text>
        <Text mt="xs">{factorWords(report.all.factor)}</Text>
        <Text mt="xs" size="sm" c="dimmed">
          Means and sds are in {unit}; sds include the noise of a measurement. A gene counts with
          the prediction made before anything of its round was known.
        </Text>
      </section>
      <Figures scores={report.all} />
      <ScoresTable
        title="Round by round"
        note={COLUMNS}
        rows={report.rounds.map(({ round, scores }) => [`Round ${round}`, scores])}
      />
      <ScoresTable
        title="Random arm against the others"
        rows={[
          ["Random", report.random ?? null],
          ["Chosen", report.chosen ?? null],
          ["All", report.all],
        ]}
      >
        Only genes drawn at random are an unbiased check: those chosen by their prediction are no
        fair sample of it.
      </ScoresTable>
      <ConformalTable report={report} />
    </>
  );
}

function Nothing() {
  return (
    <Empty title="No measured round yet">
      <Text>
        Once the results of a round are in, this page tells how often the planner's intervals held
        the measurement, whether its hit probabilities came true, and by what factor its standard
        deviations are off.
      </Text>
    </Empty>
  );
}
