import { List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { estimateScreen } from "../../api/screens";
import type { ModelVersion, ScreenEstimate, ScreenOrder } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { Loading } from "../../components/states";
import { plural } from "../../format/number";
import { costWords, sizeWords } from "./screen-words";

type Props = {
  /** What would be ordered, or what is missing. */
  order: ScreenOrder | string;
  models: readonly ModelVersion[];
};

/** What the screen will cost, before it starts. */
export function EstimateCard({ order, models }: Props) {
  return (
    <section className="card" aria-labelledby="estimate-title" aria-live="polite">
      <Title order={2} size="h4" id="estimate-title" mb="xs">
        What it will cost
      </Title>
      {typeof order === "string" ? (
        <Text>{order}</Text>
      ) : (
        <Estimates order={order} models={models} />
      )}
    </section>
  );
}

function Estimates({ order, models }: { order: ScreenOrder; models: readonly ModelVersion[] }) {
  // The name changes nothing of the cost.
  const query = useQuery(estimateScreen({ ...order, name: "" }));
  if (query.isError)
    return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading what="the estimate: the model is timed on a few cells" />;
  const name = (digest: string) => models.find((m) => m.digest === digest)?.name ?? digest;
  return (
    <Stack gap="sm" style={{ opacity: query.isPlaceholderData ? 0.55 : 1 }}>
      {query.data.map((estimate) => (
        <Estimate
          key={estimate.model_digest}
          estimate={estimate}
          name={name(estimate.model_digest)}
        />
      ))}
    </Stack>
  );
}

/** Unknown genes that are named; the rest is counted. */
const NAMED = 12;

function Estimate({ estimate, name }: { estimate: ScreenEstimate; name: string }) {
  const { unknown_genes: unknown, warnings } = estimate;
  const rest = unknown.length > NAMED ? ` and ${unknown.length - NAMED} more` : "";
  return (
    <div>
      <Text fw={600}>{name}</Text>
      <Text className="number" style={{ whiteSpace: "normal" }}>
        {costWords(estimate)}
      </Text>
      <Text size="sm" c="dimmed">
        {sizeWords(estimate)}
      </Text>
      {(unknown.length > 0 || warnings.length > 0) && (
        <List size="sm" mt={4}>
          {unknown.length > 0 && (
            <List.Item>
              {plural(unknown.length, "gene")} not known to the model and left out:{" "}
              {unknown.slice(0, NAMED).join(", ")}
              {rest}
            </List.Item>
          )}
          {warnings.map((warning) => (
            <List.Item key={warning}>{warning}</List.Item>
          ))}
        </List>
      )}
    </div>
  );
}
