import { Checkbox, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { screenRows } from "../../api/screens";
import type { ScreenReport } from "../../api/types";
import { GeneFilters } from "../../components/Filters";
import { Pages } from "../../components/Pages";
import { Empty, Loaded } from "../../components/states";
import { plural } from "../../format/number";
import { RowsTable } from "./RowsTable";
import { PAGE_SIZE, type ReportSearch, toRowsQuery } from "./screen-search";

type Props = {
  report: ScreenReport;
  kind: string;
  search: ReportSearch;
  go: (change: ReportSearch) => void;
};

/** The ranked targets, filtered and page by page. */
export function RowsCard({ report, kind, search, go }: Props) {
  const query = useQuery(screenRows(report.screen.id, toRowsQuery(search, kind)));
  const find = useDebouncedCallback((q: string) => go({ q: q || undefined, page: undefined }), 250);
  return (
    <section aria-labelledby="rows-title">
      <Stack gap="sm">
        <Title order={2} size="h4" id="rows-title">
          Ranked targets
        </Title>
        <Group align="flex-end">
          <TextInput
            type="search"
            label="Search"
            placeholder="Gene symbol or Ensembl id"
            defaultValue={search.q ?? ""}
            onChange={(event) => find(event.currentTarget.value)}
            w={240}
          />
          <GeneFilters
            filter={search}
            hasGoal={Boolean(report.screen.order.goal)}
            onChange={(change) => go({ ...change, page: undefined })}
          />
          <Checkbox
            label="Significant"
            checked={search.significant === true}
            onChange={(event) =>
              go({ significant: event.currentTarget.checked || undefined, page: undefined })
            }
            mb={8}
          />
          <Text size="sm" role="status" mb={8}>
            {query.data ? plural(query.data.total, "row") : ""}
          </Text>
        </Group>
        <Loaded query={query} what="the rows">
          {(page) =>
            page.rows.length === 0 ? (
              <Empty title="No row is left">
                <Text>Loosen the filter or search for another gene.</Text>
              </Empty>
            ) : (
              <>
                <RowsTable
                  rows={page.rows}
                  order={report.screen.order}
                  sort={search.sort}
                  onSort={(sort) =>
                    go({ sort: sort === "rank" ? undefined : sort, page: undefined })
                  }
                  onOpen={(gene) => go({ gene })}
                />
                <Pages
                  total={page.total}
                  size={PAGE_SIZE}
                  page={search.page ?? 1}
                  onPage={(number) => go({ page: number })}
                />
              </>
            )
          }
        </Loaded>
      </Stack>
    </section>
  );
}
