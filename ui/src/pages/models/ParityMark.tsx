import { Text } from "@mantine/core";
import type { ModelParity } from "../../api/types";
import { Badge } from "../../components/Badge";
import { parityWords } from "./model-words";

/** The check's figure and whether it is within the tolerance: `6e-7 ✓ within 2e-5`. */
export function ParityMark({ parity }: { parity: ModelParity }) {
  const { good, figure, words } = parityWords(parity);
  return (
    <Badge tone={good ? "good" : "bad"}>
      <span className="number">{figure}</span> {good ? "✓" : "✗"} {words}
    </Badge>
  );
}

/** The same on two short lines, for a table. */
export function ParityLines({ parity }: { parity: ModelParity }) {
  const { good, figure, words } = parityWords(parity);
  return (
    <>
      <Badge tone={good ? "good" : "bad"}>
        <span className="number">{figure}</span> {good ? "✓" : "✗"}
      </Badge>{" "}
      <Text size="xs" c="dimmed" maw={140}>
        {words}
      </Text>
    </>
  );
}
