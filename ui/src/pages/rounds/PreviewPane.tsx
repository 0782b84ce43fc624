import { Alert, List, Text, Title } from "@mantine/core";
import type { RoundPreview } from "../../api/types";
import { Badge } from "../../components/Badge";
import { count, fixed, money, plural } from "../../format/number";
import { MeanSdFigure } from "./MeanSdFigure";
import { PreviewPicks } from "./PreviewPicks";
import { PreviewPlate } from "./PreviewPlate";
import type { PlanForm } from "./plan-form";
import { SurrogateCard } from "./SurrogateCard";

type Props = {
  preview: RoundPreview;
  form: PlanForm;
  settled: boolean;
  onLock: (gene: string) => void;
  onExclude: (gene: string) => void;
};

/** The round as it would be: cost, picks with reasons, plates, what was learnt. */
export function PreviewPane({ preview, form, settled, onLock, onExclude }: Props) {
  const { cost, expected_hits: hits } = preview;
  return (
    <>
      <section className="card" aria-labelledby="preview-title" aria-busy={!settled}>
        <Title order={2} size="h4" id="preview-title">
          Round {preview.number} would be
        </Title>
        <Text role="status" mt={4}>
          {plural(preview.picks.length, "pick")} on {plural(cost.plates, "plate")}, cost{" "}
          {money(cost.total)};{" "}
          {preview.surrogate.n_observed > 0
            ? `${fixed(hits.mean, 1)} hits expected (${count(hits.low)} to ${count(hits.high)}).`
            : "nothing is measured yet, so its hits cannot be foretold."}
        </Text>
        <Text size="sm" c="dimmed">
          {plural(cost.wells, "well")} for {money(cost.for_wells)}, {plural(cost.plates, "plate")}{" "}
          for {money(cost.for_plates)}. A plate has room for{" "}
          {plural(preview.candidates_per_plate, "candidate")} beside its controls.
        </Text>
        {preview.shortfall && (
          <Alert color="yellow" variant="outline" mt="sm" title="Fewer picks than asked for">
            {preview.shortfall}
          </Alert>
        )}
        {preview.advice.length > 0 && (
          <List size="sm" mt="sm" aria-label="Advice">
            {preview.advice.map(({ stop, words }) => (
              <List.Item key={words}>
                {stop && <Badge tone="warn">speaks for stopping</Badge>} {words}
              </List.Item>
            ))}
          </List>
        )}
        <div style={{ opacity: settled ? 1 : 0.55 }}>
          <PreviewPicks preview={preview} form={form} onLock={onLock} onExclude={onExclude} />
        </div>
      </section>
      <MeanSdFigure preview={preview} />
      {preview.plates.map((plate) => (
        <PreviewPlate key={plate.barcode} plate={plate} />
      ))}
      <SurrogateCard surrogate={preview.surrogate} />
    </>
  );
}
