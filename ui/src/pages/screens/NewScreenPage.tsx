import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { models } from "../../api/models";
import { datasets } from "../../api/queries";
import { Empty, Loaded } from "../../components/states";
import { ModelsLink } from "../models/ModelLink";
import { NewScreen } from "./NewScreen";
import { ScreensLink } from "./ScreenLink";

/** Order an in-silico screen. */
export function NewScreenPage() {
  const cells = useQuery(datasets());
  const all = useQuery(models());
  return (
    <Stack gap="lg">
      <title>New screen · nextwell</title>
      <Text size="sm">
        <ScreensLink>← All screens</ScreensLink>
      </Text>
      <Title order={1} size="h2">
        New screen
      </Title>
      <Loaded query={cells} what="the data sets">
        {(list) =>
          list.length === 0 ? (
            <Empty title="No data set yet">
              <Text>
                Upload an AnnData file over the API (POST /api/datasets); its obs columns name the
                states.
              </Text>
            </Empty>
          ) : (
            <Loaded query={all} what="the models">
              {(versions) =>
                versions.length === 0 ? (
                  <Empty title="No model yet">
                    <Text>
                      <ModelsLink>Import one</ModelsLink> or train a small one first.
                    </Text>
                  </Empty>
                ) : (
                  <NewScreen datasets={list} models={versions} />
                )
              }
            </Loaded>
          )
        }
      </Loaded>
    </Stack>
  );
}
