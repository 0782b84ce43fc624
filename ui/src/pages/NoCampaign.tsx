import { Anchor, Code, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { jobs } from "../api/queries";
import { JobTable } from "./jobs/JobTable";

const STEPS = `curl --data-binary @cells.h5ad '${window.location.origin}/api/datasets?name=cells.h5ad'
curl --json '{"name": "small", "dataset_digest": "…"}' ${window.location.origin}/api/models/pretrain
curl --json @campaign.json ${window.location.origin}/api/campaigns`;

/** Shown while there is no campaign: two ways to get one. */
export function NoCampaign() {
  const running = useQuery(jobs());
  return (
    <Stack gap="lg" maw={860} mx="auto">
      <title>nextwell</title>
      <div>
        <Title order={1} size="h2">
          No campaign yet
        </Title>
        <Text mt="xs">
          A campaign is one read-out, one list of candidate genes and a budget. nextwell picks the
          wells of each round, and learns from their results.
        </Text>
      </div>
      <div className="card">
        <Title order={2} size="h4">
          Try it on real data
        </Title>
        <Text mt="xs">
          Run <Code>nextwell demo</Code> on the server: it loads a public screen, trains a small
          model and plays five rounds. This page opens the campaign as soon as it exists.
        </Text>
      </div>
      <div className="card">
        <Title order={2} size="h4">
          Start your own, over the API
        </Title>
        <List type="ordered" mt="xs">
          <List.Item>Upload the cells, an AnnData file.</List.Item>
          <List.Item>
            Train a small model on them, or{" "}
            <Link className="text-link" to="/models">
              import a published model
            </Link>
            .
          </List.Item>
          <List.Item>Make the campaign: candidates, controls, states, hit rule, budget.</List.Item>
        </List>
        <Code block mt="sm" tabIndex={0} role="region" aria-label="Commands">
          {STEPS}
        </Code>
        <Text mt="sm">
          Every field is described in the{" "}
          <Anchor href="/api/openapi.json" underline="always">
            OpenAPI document
          </Anchor>
          .
        </Text>
      </div>
      <div className="card">
        <Title order={2} size="h4">
          Only screen in silico
        </Title>
        <Text mt="xs">
          An{" "}
          <Link className="text-link" to="/screens">
            in-silico screen
          </Link>{" "}
          needs cells and a model, no campaign.
        </Text>
      </div>
      {running.data && running.data.length > 0 && (
        <div className="card">
          <Title order={2} size="h4" mb="xs">
            Jobs
          </Title>
          <JobTable jobs={running.data} />
        </div>
      )}
    </Stack>
  );
}
