import { List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { pooledEstimate } from "../../api/pooled";
import type { PooledEstimate, PooledSettings } from "../../api/types";
import { ProblemAlert } from "../../components/Problem";
import { Loading } from "../../components/states";
import { count, plural } from "../../format/number";
import { NeedsList } from "./NeedsList";
import { money } from "./pooled-words";

type Props = {
  campaignId: string;
  /** What would be planned, or what is missing. */
  settings: PooledSettings | string;
};

/** What the round needs, while the form is filled in. */
export function NeedsCard({ campaignId, settings }: Props) {
  return (
    <section className="card" aria-labelledby="needs-title" aria-live="polite">
      <Title order={2} size="h4" id="needs-title" mb="xs">
        What it needs
      </Title>
      {typeof settings === "string" ? (
        <Text>{settings}</Text>
      ) : (
        <Estimate campaignId={campaignId} settings={settings} />
      )}
    </section>
  );
}

function Estimate({ campaignId, settings }: { campaignId: string; settings: PooledSettings }) {
  const query = useQuery(pooledEstimate(campaignId, settings));
  if (query.isError)
    return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading what="the numbers" />;
  return (
    <Stack gap="sm" style={{ opacity: query.isPlaceholderData ? 0.55 : 1 }}>
      <Needs settings={settings} estimate={query.data} />
    </Stack>
  );
}

function Needs({ settings, estimate }: { settings: PooledSettings; estimate: PooledEstimate }) {
  const { numbers, warnings, obstacles, library, budget_left: left } = estimate;
  const short = library.genes_short;
  return (
    <>
      <NeedsList settings={settings} numbers={numbers} />
      <Text size="sm">
        {plural(library.genes_ready, "open candidate")} {library.genes_ready === 1 ? "has" : "have"}{" "}
        {settings.guides_per_gene} usable guides
        {short > 0 && `; ${count(short)} have fewer: ${library.short_names.join(", ")}`}
        {short > library.short_names.length && ", …"}.
        {typeof left === "number" && ` The campaign has ${money(left)} left.`}
      </Text>
      {obstacles.map((obstacle) => (
        <Text key={obstacle.message} fw={600}>
          {obstacle.message}
        </Text>
      ))}
      {warnings.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            Think twice about
          </Text>
          <List size="sm">
            {warnings.map((warning) => (
              <List.Item key={warning.code}>{warning.message}</List.Item>
            ))}
          </List>
        </div>
      )}
    </>
  );
}
