import { Group, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { jobs } from "../../api/queries";
import { Empty, Loaded } from "../../components/states";
import { JobTable } from "./JobTable";

/** Long work, live. */
export function JobsPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const { all } = useSearch({ from: "/c/$campaignId/jobs" });
  const navigate = useNavigate({ from: "/c/$campaignId/jobs" });
  const query = useQuery(jobs(all ? undefined : campaignId));
  return (
    <Stack gap="lg">
      <title>Jobs · nextwell</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Jobs
        </Title>
        <Switch
          label="Also jobs of other campaigns"
          checked={all === true}
          onChange={(event) =>
            void navigate({ search: event.currentTarget.checked ? { all: true } : {} })
          }
        />
      </Group>
      <Loaded query={query} what="the jobs">
        {(list) =>
          list.length > 0 ? (
            <div className="card">
              <JobTable jobs={list} />
            </div>
          ) : (
            <Empty title="No jobs">
              <Text>
                Screens, planning and learning appear here while they run, and stay as a record.
              </Text>
            </Empty>
          )
        }
      </Loaded>
    </Stack>
  );
}
