import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { replays } from "../../api/replays";
import { Loaded } from "../../components/states";
import { FormatExample } from "./FormatExample";
import { NewReplay } from "./NewReplay";
import { ReplayList } from "./ReplayList";

/** Finished screens, played by the planner: a new one, and those that were ordered. */
export function ReplaysPage() {
  const { campaignId = "" } = useParams({ strict: false });
  const query = useQuery(replays());
  return (
    <Stack gap="lg">
      <title>Replay · nextwell</title>
      <div>
        <Title order={1} size="h2">
          Replay
        </Title>
        <Text mt={4}>
          Would the planner have found the hits of a screen that is finished? It is played round by
          round with several seeds, next to simpler strategies and to chance.
        </Text>
      </div>
      <NewReplay campaignId={campaignId} />
      <Loaded query={query} what="the replays">
        {(list) =>
          list.length === 0 ? <FormatExample /> : <ReplayList campaignId={campaignId} list={list} />
        }
      </Loaded>
    </Stack>
  );
}
