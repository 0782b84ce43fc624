import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { coverage } from "../../api/models";
import type { Dataset } from "../../api/types";
import { Loaded } from "../../components/states";
import { CoverageFigure } from "./CoverageFigure";

/** How much of the chosen data set the model can see. */
export function CoverageCard({ digest, dataset }: { digest: string; dataset: Dataset }) {
  const query = useQuery(coverage(digest, dataset.digest));
  return (
    <section className="card" aria-labelledby="coverage-title">
      <Title order={2} size="h4" id="coverage-title">
        Coverage
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        What of {dataset.name} reaches the model.
      </Text>
      <Loaded query={query} what="the coverage">
        {(found) => <CoverageFigure coverage={found} />}
      </Loaded>
    </section>
  );
}
