import { Checkbox, Code, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { screens } from "../../api/screens";
import type { ScreenSummary } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Empty, Loaded } from "../../components/states";
import { percent } from "../../format/number";
import { dateTime } from "../../format/time";
import { ModelLink } from "../models/ModelLink";
import { familyWords } from "../models/model-words";
import { CompareButton, NewScreenButton, ScreenLink } from "./ScreenLink";
import {
  perturbationWords,
  shareDone,
  statesWords,
  stateWords,
  targetsWords,
} from "./screen-words";

/** In-silico screens of their own, newest first. */
export function ScreensPage() {
  const query = useQuery(screens());
  const [chosen, setChosen] = useState<string[]>([]);
  const choose = (id: string) =>
    setChosen((now) => (now.includes(id) ? now.filter((one) => one !== id) : [...now, id]));
  return (
    <Stack gap="lg">
      <title>Screens · nextwell</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Screens
        </Title>
        <Group>
          {chosen.length >= 2 && (
            <CompareButton ids={chosen}>{`Compare ${chosen.length} screens`}</CompareButton>
          )}
          <NewScreenButton>New screen</NewScreenButton>
        </Group>
      </Group>
      <Loaded query={query} what="the screens">
        {(list) =>
          list.length === 0 ? <NoScreens /> : <List list={list} chosen={chosen} choose={choose} />
        }
      </Loaded>
    </Stack>
  );
}

type ListProps = {
  list: readonly ScreenSummary[];
  chosen: readonly string[];
  choose: (id: string) => void;
};

function List({ list, chosen, choose }: ListProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card scroll" tabIndex={0} aria-label="Screens">
      <Table className="table" verticalSpacing="sm" aria-label="Screens, newest first">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Compare</Table.Th>
            <Table.Th>Screen</Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th>Cells, states</Table.Th>
            <Table.Th>Genes, perturbations</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Ordered</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((screen) => (
            <Row
              key={screen.id}
              screen={screen}
              chosen={chosen.includes(screen.id)}
              choose={() => choose(screen.id)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

type RowProps = { screen: ScreenSummary; chosen: boolean; choose: () => void };

function Row({ screen, chosen, choose }: RowProps) {
  const { order } = screen;
  const [tone, words] = stateWords(screen.state);
  const share = shareDone(screen);
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          checked={chosen}
          disabled={screen.state !== "done"}
          onChange={choose}
          aria-label={`Compare ${screen.name}, ${screen.model_name}`}
        />
      </Table.Td>
      <Table.Td style={{ minWidth: 150, overflowWrap: "anywhere" }}>
        <ScreenLink id={screen.id}>{screen.name}</ScreenLink>
        {order.mode === "gradient" && (
          <div>
            <Badge tone="warn">first order</Badge>
          </div>
        )}
      </Table.Td>
      <Table.Td>
        <ModelLink digest={screen.model_digest}>{screen.model_name}</ModelLink>
        <Text size="xs" c="dimmed">
          {familyWords(screen.family)}
        </Text>
      </Table.Td>
      <Table.Td>
        {screen.dataset_name}
        <Text size="xs" c="dimmed">
          {statesWords(order)}
        </Text>
      </Table.Td>
      <Table.Td>
        {targetsWords(order)}
        <Text size="xs" c="dimmed">
          {order.perturbations.map(perturbationWords).join(", ")}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge tone={tone}>{words}</Badge>
        {screen.state === "running" && share !== null && (
          <Text size="xs" className="number">
            {percent(share)}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{dateTime(screen.created_at)}</Table.Td>
    </Table.Tr>
  );
}

function NoScreens() {
  return (
    <Empty title="No screen yet">
      <Text>
        An in-silico screen perturbs genes in your cells, one after the other, and asks a model how
        far each one moves them from a start state towards a goal state. A campaign runs its own;
        here you order any other: another model, other genes, pairs, graded inhibition.
      </Text>
      <Text>
        The same screen runs without this server, on files:{" "}
        <Code>nextwell screen --cells cells.h5ad --model DIR --start COLUMN=VALUE …</Code>
      </Text>
    </Empty>
  );
}
