import { Text } from "@mantine/core";
import { LinkButton } from "../components/LinkButton";
import { Empty } from "../components/states";
import { Shell } from "../shell/Shell";

/** An address the app does not have. */
export function NotFoundPage() {
  return (
    <Shell>
      <title>No such page · nextwell</title>
      <Empty order={1} title="There is no page at this address">
        <Text>The link may be old. Everything can be reached from the start page.</Text>
        <div>
          <LinkButton to="/">Go to the start page</LinkButton>
        </div>
      </Empty>
    </Shell>
  );
}
