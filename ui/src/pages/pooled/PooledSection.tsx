import { Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { orderSheet, pooledRound } from "../../api/pooled";
import type { PooledRound } from "../../api/types";
import { DownloadLink } from "../../components/DownloadLink";
import { Loaded } from "../../components/states";
import { count } from "../../format/number";
import { Calls } from "./Calls";
import { GeneGuides } from "./GeneGuides";
import { NeedsList } from "./NeedsList";
import { ENZYMES } from "./pooled-words";

/** What stands on a pooled round's page in place of plates. */
export function PooledSection({ roundId }: { roundId: string }) {
  const query = useQuery(pooledRound(roundId));
  return (
    <Loaded query={query} what="the guides of the round">
      {(data) => <Pooled round={data} />}
    </Loaded>
  );
}

function Pooled({ round: r }: { round: PooledRound }) {
  return (
    <Stack gap="lg">
      {r.results && (
        <section className="card" aria-label="Results">
          <Calls report={r.results} level={2} />
        </section>
      )}
      <section className="card" aria-labelledby="order-title">
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h4" id="order-title">
            What to order and to grow
          </Title>
          <DownloadLink href={orderSheet(r.round_id)}>Order sheet, CSV</DownloadLink>
        </Group>
        <NeedsList settings={r.settings} numbers={r.numbers}>
          <dt>Oligos of {count(r.oligo_length)} letters</dt>
          <dd style={{ overflowWrap: "anywhere" }}>
            <code>{r.settings.adapter_5}</code> · protospacer · <code>{r.settings.adapter_3}</code>,
            without a site of {ENZYMES[r.settings.enzyme ?? "bsmbi"]} or TTTT in the insert or at
            its ends
          </dd>
        </NeedsList>
        {r.warnings.length > 0 && (
          <List size="sm" mt="xs">
            {r.warnings.map((warning) => (
              <List.Item key={warning.code}>{warning.message}</List.Item>
            ))}
          </List>
        )}
      </section>
      <section className="card" aria-labelledby="gene-guides-title">
        <Title order={2} size="h4" id="gene-guides-title">
          Genes with their guides
        </Title>
        <Text size="sm" mb="xs">
          {count(r.genes.length)} genes, and {count(r.non_targeting)} non-targeting and{" "}
          {count(r.safe_targeting)} safe-targeting guides. A guide that targets two of the genes is
          ordered once.
        </Text>
        <GeneGuides genes={r.genes} />
      </section>
    </Stack>
  );
}
