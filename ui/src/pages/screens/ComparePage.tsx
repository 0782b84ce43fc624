import { Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { consensus } from "../../api/screens";
import type { Consensus } from "../../api/types";
import { GeneFilters } from "../../components/Filters";
import { Pages } from "../../components/Pages";
import { Empty, Loaded } from "../../components/states";
import { plural } from "../../format/number";
import { ConsensusTable } from "./ConsensusTable";
import { EffectsFigure } from "./EffectsFigure";
import { ScreensLink } from "./ScreenLink";
import { type CompareSearch, PAGE_SIZE } from "./screen-search";
import { perturbationWords } from "./screen-words";

/** Screens side by side; which ones and the filter are in the address. */
export function ComparePage() {
  const search: CompareSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const go = (change: CompareSearch) =>
    void navigate({
      to: ".",
      search: (now: CompareSearch) => ({ ...now, ...change }),
      replace: true,
      resetScroll: false,
    });
  const query = useQuery({
    ...consensus({
      ids: search.ids ?? "",
      perturbation: search.kind,
      factors: search.factors,
      druggable: search.druggable,
      direction: search.direction,
      limit: PAGE_SIZE,
      offset: ((search.page ?? 1) - 1) * PAGE_SIZE,
    }),
    enabled: Boolean(search.ids),
  });
  return (
    <Stack gap="lg">
      <title>Compare screens · nextwell</title>
      <Text size="sm">
        <ScreensLink>← All screens</ScreensLink>
      </Text>
      <Title order={1} size="h2">
        Screens side by side
      </Title>
      {search.ids ? (
        <Loaded query={query} what="the comparison">
          {(found) => <Compared found={found} search={search} go={go} />}
        </Loaded>
      ) : (
        <Empty title="No screens chosen">
          <Text>Choose two finished screens or more in the list.</Text>
        </Empty>
      )}
    </Stack>
  );
}

type Props = {
  found: Consensus;
  search: CompareSearch;
  go: (change: CompareSearch) => void;
};

function Compared({ found, search, go }: Props) {
  const kind = search.kind ?? found.perturbations[0] ?? "";
  return (
    <>
      <Group align="flex-end">
        {found.perturbations.length > 1 && (
          <NativeSelect
            label="Perturbation"
            value={kind}
            data={found.perturbations.map((one) => ({
              value: one,
              label: perturbationWords(one),
            }))}
            onChange={(event) => go({ kind: event.currentTarget.value, page: undefined })}
          />
        )}
        <GeneFilters
          filter={search}
          hasGoal={found.screens.some((screen) => Boolean(screen.order.goal))}
          onChange={(change) => go({ ...change, page: undefined })}
        />
        <Text size="sm" role="status" mb={8}>
          {plural(found.total, "target")}
        </Text>
      </Group>
      <ConsensusTable found={found} />
      <Pages
        total={found.total}
        size={PAGE_SIZE}
        page={search.page ?? 1}
        onPage={(page) => go({ page })}
      />
      <EffectsFigure screens={found.screens} kind={kind} />
    </>
  );
}
