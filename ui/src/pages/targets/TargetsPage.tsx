import { Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { targetsCsv } from "../../api/links";
import { targets } from "../../api/queries";
import { DownloadLink } from "../../components/DownloadLink";
import { LinkButton } from "../../components/LinkButton";
import { Pages } from "../../components/Pages";
import { Empty, Loaded } from "../../components/states";
import { plural } from "../../format/number";
import { TargetDrawer } from "./TargetDrawer";
import { TargetTable } from "./TargetTable";
import { PAGE_SIZE, type TargetSearch, toQuery } from "./target-search";

/** The ranked candidates; search, sort, page and the open gene are in the URL. */
export function TargetsPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const search = useSearch({ from: "/c/$campaignId/targets" });
  const navigate = useNavigate({ from: "/c/$campaignId/targets" });
  const query = useQuery(targets(campaignId, toQuery(search)));
  const [chosen, setChosen] = useState<string[]>([]);
  const choose = (symbol: string) =>
    setChosen((now) =>
      now.includes(symbol) ? now.filter((one) => one !== symbol) : [...now, symbol],
    );
  const go = (change: TargetSearch) =>
    void navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false });
  const find = useDebouncedCallback((q: string) => go({ q: q || undefined, page: undefined }), 250);
  return (
    <Stack gap="lg">
      <title>Targets · nextwell</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Targets
        </Title>
        <Group>
          {chosen.length > 0 && (
            <LinkButton
              to="/c/$campaignId/plan"
              params={{ campaignId }}
              search={{ add: chosen.join(", ") }}
            >
              {`Add ${plural(chosen.length, "gene")} to a round`}
            </LinkButton>
          )}
          <DownloadLink href={targetsCsv(campaignId)}>All targets, CSV</DownloadLink>
        </Group>
      </Group>
      <Group justify="space-between" align="flex-end">
        <TextInput
          type="search"
          label="Search"
          placeholder="Gene symbol or Ensembl id"
          defaultValue={search.q ?? ""}
          onChange={(event) => find(event.currentTarget.value)}
          w={280}
        />
        <Text size="sm" role="status">
          {query.data ? plural(query.data.total, "gene") : ""}
          {query.data && search.q ? ` for “${search.q}”` : ""}
        </Text>
      </Group>
      <Loaded query={query} what="the targets">
        {(page) =>
          page.rows.length === 0 ? (
            <Empty title={search.q ? `No gene matches “${search.q}”` : "No targets yet"}>
              <Text>
                {search.q
                  ? "Search by an approved symbol, part of one, or an Ensembl id."
                  : "The ranking appears when the first in-silico screen is done."}
              </Text>
            </Empty>
          ) : (
            <Stack gap="sm">
              <TargetTable
                rows={page.rows}
                sort={search.sort}
                onSort={(sort) => go({ sort: sort === "rank" ? undefined : sort, page: undefined })}
                onOpen={(gene) => go({ gene })}
                chosen={chosen}
                onChoose={choose}
              />
              <Pages
                total={page.total}
                size={PAGE_SIZE}
                page={search.page ?? 1}
                onPage={(number) => go({ page: number })}
              />
            </Stack>
          )
        }
      </Loaded>
      <TargetDrawer
        campaignId={campaignId}
        gene={search.gene}
        onClose={() => go({ gene: undefined })}
      />
    </Stack>
  );
}
