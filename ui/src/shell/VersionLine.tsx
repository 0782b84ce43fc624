import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { info } from "../api/queries";

/** What runs behind this page. */
export function VersionLine() {
  const { data } = useQuery({ ...info(), refetchInterval: 60_000 });
  if (!data) return null;
  return (
    <Text size="xs" c="dimmed" px={12} pb={4}>
      nextwell {data.version}
      <br />
      {data.model_service
        ? `Model: ${data.model_service.device}`
        : "The model service does not answer"}
    </Text>
  );
}
