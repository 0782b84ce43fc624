import { VisuallyHidden } from "@mantine/core";
import { type Connection, useConnection } from "../api/connection";
import { Badge, type Tone } from "../components/Badge";

const WORDS: Record<Connection, [Tone, string, string]> = {
  connecting: ["plain", "connecting", "Connecting to the server"],
  live: ["good", "live", "Changes appear at once"],
  polling: ["warn", "every 5 s", "No live events: asking again every 5 seconds"],
};

/** Whether changes on the server appear by themselves. */
export function ConnectionBadge() {
  const [tone, words, title] = WORDS[useConnection()];
  return (
    <span role="status" title={title}>
      <VisuallyHidden>Connection: </VisuallyHidden>
      <Badge tone={tone}>● {words}</Badge>
    </span>
  );
}
