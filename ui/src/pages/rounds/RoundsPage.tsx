import { Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { rounds } from "../../api/queries";
import { LinkButton } from "../../components/LinkButton";
import { Empty, Loaded } from "../../components/states";
import { RoundTimeline } from "../loop/RoundTimeline";

/** All rounds of a campaign. */
export function RoundsPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const query = useQuery(rounds(campaignId));
  return (
    <Stack gap="lg">
      <title>Rounds · nextwell</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Rounds
        </Title>
        <Group>
          <LinkButton
            to="/c/$campaignId/rounds/new-pooled"
            params={{ campaignId }}
            variant="default"
          >
            New pooled round
          </LinkButton>
          <LinkButton to="/c/$campaignId/plan" params={{ campaignId }} variant="default">
            Plan a round
          </LinkButton>
        </Group>
      </Group>
      <Loaded query={query} what="the rounds">
        {(list) =>
          list.length > 0 ? (
            <div className="card">
              <RoundTimeline campaignId={campaignId} rounds={list} />
            </div>
          ) : (
            <Empty title="No round yet">
              <Text>
                The first round is planned when the first in-silico screen is done; Jobs shows how
                far it is.
              </Text>
            </Empty>
          )
        }
      </Loaded>
    </Stack>
  );
}
